// The package, as `make site` has built it into the folder beside this file. An application with a bundler, or in Node,
// writes `import { Steadfast } from "steadfast"` and is done; a page without one says where the wasm lies.

import { load, Steadfast } from "./steadfast/slim.js";

await load(new URL("./steadfast/steadfast.wasm", import.meta.url));

export { Steadfast };
