// The load: prepared requests over raw keep-alive sockets, each answer read just far enough to know that it ended.
//
// A full HTTP client would take more CPU from the machine than the gateway it measures.

import net from "node:net";

/** A request as bytes, ready to be written any number of times. */
export function request(body) {
  const head = ["POST /v1/chat/completions HTTP/1.1", "host: bench", "content-type: application/json", "authorization: Bearer bench-key", `content-length: ${Buffer.byteLength(body)}`];
  return Buffer.from(`${head.join("\r\n")}\r\n\r\n${body}`);
}

/** Sends `count` requests, `atOnce` at a time, and throws unless every one was answered with 200. */
export async function drive({ port, bytes, count, atOnce }) {
  let left = count;
  const connection = async () => {
    const socket = net.connect({ port, host: "127.0.0.1", noDelay: true });
    try {
      while (left-- > 0) await exchange(socket, bytes);
    } finally {
      socket.destroy();
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, connection));
}

/**
 * The same, and for each request the milliseconds that were added to what the provider says it took itself: from the request's last
 * byte to the piece of the answer that says so.
 */
export async function added({ port, bytes, count, atOnce }) {
  const times = [];
  let left = count;
  const connection = async () => {
    const socket = net.connect({ port, host: "127.0.0.1", noDelay: true });
    let text = "";
    let began;
    socket.on("data", (part) => {
      if (!began) return;
      text += part.latin1Slice();
      const took = /took ([\d.]+) ms/.exec(text);
      if (!took) return;
      times.push(performance.now() - began - Number(took[1]));
      began = undefined;
    });
    try {
      while (left-- > 0) {
        [text, began] = ["", performance.now()];
        await exchange(socket, bytes);
      }
    } finally {
      socket.destroy();
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, connection));
  return times;
}

/** One request and its whole answer, as text: to look at, not to measure. */
export async function ask({ port, bytes }) {
  const socket = net.connect({ port, host: "127.0.0.1", noDelay: true });
  const parts = [];
  socket.on("data", (part) => parts.push(part));
  await exchange(socket, bytes).finally(() => socket.destroy());
  return Buffer.concat(parts).toString("utf8");
}

export function exchange(socket, bytes) {
  return new Promise((resolve, reject) => {
    let head = ""; // until the blank line has come
    let bodyLeft; // bytes still to come; Infinity for a chunked body
    let tail = "";
    const finish = (error) => {
      socket.off("data", onData).off("error", finish).off("close", onClose);
      error ? reject(error) : resolve();
    };
    const onClose = () => finish(new Error("connection closed before the answer ended"));
    const onData = (part) => {
      if (bodyLeft === undefined) {
        head += part.toString("latin1");
        const end = head.indexOf("\r\n\r\n");
        if (end < 0) return;
        if (!head.startsWith("HTTP/1.1 200")) return finish(new Error(`unexpected answer: ${head.slice(0, 600)}`));
        const length = /\r\ncontent-length: (\d+)/i.exec(head);
        const received = head.length - end - 4;
        bodyLeft = length ? Number(length[1]) - received : Infinity;
        tail = head.slice(end + 4).slice(-5);
      } else {
        bodyLeft -= part.length;
        tail = (tail + part.latin1Slice(Math.max(0, part.length - 5))).slice(-5);
      }
      if (bodyLeft === Infinity ? tail === "0\r\n\r\n" : bodyLeft <= 0) finish();
    };
    socket.on("data", onData).on("error", finish).on("close", onClose);
    socket.write(bytes);
  });
}
