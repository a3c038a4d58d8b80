// Who answers: a gateway in this page over simulated providers, one in this page over real ones with your keys, or one
// that is deployed. All three are asked through a `fetch`, at OpenAI's paths.

import { answered } from "./ask.mjs";

/**
 * @typedef {object} Source
 * @property {typeof fetch} fetch
 * @property {string} url what OpenAI's SDKs call the base, without `/v1`
 * @property {Record<string, string>} headers
 * @property {() => Promise<object>} status what `GET /status` answers
 * @property {() => Promise<string[]>} models the routes, then the models that can be called
 * @property {() => void} close
 * @property {boolean} [far] each look at it is a call over the network
 */

/** A gateway in this page. `onProgress` hears of each step of each attempt. */
export async function inPage(config, options, onProgress) {
  const { Steadfast } = await import("./package.mjs");
  const steadfast = new Steadfast(config, options); // A wrong configuration throws, with all that is wrong.
  steadfast.onProgress(onProgress);
  const url = "https://steadfast"; // Nobody lives there: the gateway looks at the path alone.
  return {
    fetch: steadfast.fetch,
    url,
    headers: {},
    status: async () => steadfast.status(),
    models: async () => names(await answered(await steadfast.fetch(`${url}/v1/models`), "data")),
    close: () => steadfast.dispose(),
  };
}

/** A gateway that is deployed, and the key that it knows you by. */
export function deployed(address, key) {
  const { origin, pathname } = new URL(address);
  const url = origin + pathname.replace(/\/(v1(\/.*)?)?$/, ""); // With whatever path of the API's it was copied.
  const headers = key ? { authorization: `Bearer ${key}` } : {};
  if (/[^!-~]/.test(key)) throw new Error("This key has a character that no key has: is all of it there?");
  const call = async (path, name) => answered(await reached(url, fetch(`${url}${path}`, { headers })), name);
  return {
    far: true,
    fetch: (input, init) => reached(url, fetch(input, init)),
    url,
    headers,
    status: () => call("/status", "targets"),
    models: async () => names(await call("/v1/models", "data")),
    close() {},
  };
}

/** A browser does not say why it could not reach somebody. */
async function reached(url, response) {
  try {
    return await response;
  } catch (error) {
    if (error.name === "AbortError") throw error;
    const { origin, protocol } = new URL(url);
    const elsewhere = origin !== location.origin;
    const mixed = elsewhere && location.protocol === "https:" && protocol === "http:" ? " This page came by https, and a browser may keep it from asking an http address." : "";
    const cors = elsewhere ? ` If it runs, its configuration must allow this page to call: "cors": ["${location.origin}"].` : "";
    throw new Error(`${url} cannot be reached.${mixed}${cors}`);
  }
}

const names = ({ data }) => data.map(({ id }) => id);
