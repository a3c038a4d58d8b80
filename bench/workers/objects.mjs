// What steadfast would cost if its own code took no time: the objects that it asks the platform for, and nothing decided. Both bodies, a
// signal for the caller's leaving, and for each call upstream a way to abort it and a clock; the caller's headers, five of ours, a log line.
const heard = ["authorization", "x-api-key", "x-request-id", "origin", "access-control-request-headers", "traceparent", "openai-beta", "anthropic-beta"];
const ours = { "content-type": "application/json", "x-request-id": "sf-0123456789abcdef", "x-steadfast-model": "up/fast", "x-steadfast-route": "up/fast", "x-steadfast-trail": "up/fast ok 200 1ms" };
const line = JSON.stringify({ level: "info", message: "x".repeat(400) });

export default {
  async fetch(request, { UPSTREAMS }) {
    const said = heard.map((name) => request.headers.get(name));
    let controller;
    const leave = () => controller?.abort();
    const { signal } = request;
    signal.addEventListener("abort", leave, { once: true });
    const body = await request.arrayBuffer();
    let response;
    let whole;
    for (const url of UPSTREAMS.split(" ")) {
      controller = new AbortController();
      const clock = setTimeout(leave, 120_000);
      const headers = { "content-type": "application/json", accept: "application/json", authorization: said[0] };
      response = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal: controller.signal });
      response.headers.get("content-type");
      whole = await response.arrayBuffer();
      clearTimeout(clock);
      if (response.ok) break;
    }
    signal.removeEventListener("abort", leave);
    console.log(line);
    return new Response(whole, { status: response.status, headers: ours });
  },
};
