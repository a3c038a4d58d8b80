// Providers for the examples, played inside their own process: loaded before an example, this stands in for the network.
// DeepSeek is down and everybody else answers, so that each example shows a fallback.

const network = globalThis.fetch;

globalThis.fetch = async (input, init) => {
  const url = new URL(input instanceof Request ? input.url : input);
  if (url.hostname === "127.0.0.1") return network(input, init);
  return new Response(...reply(url, JSON.parse(new TextDecoder().decode(init.body))));
};

/** The body and the head of what a provider answers. */
export function reply({ hostname }, { model, stream }) {
  if (hostname === "api.deepseek.com") return [JSON.stringify({ error: { message: "The engine is overloaded." } }), { status: 503, headers: { "content-type": "application/json" } }];
  const about = { id: "chatcmpl-1", created: 1760000000, model };
  if (!stream) {
    const choices = [{ index: 0, message: { role: "assistant", content: "Hello from afar." }, finish_reason: "stop" }];
    const usage = { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 };
    return [JSON.stringify({ ...about, object: "chat.completion", choices, usage }), { headers: { "content-type": "application/json" } }];
  }
  const chunk = (delta, finish_reason = null) => `data: ${JSON.stringify({ ...about, object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
  const words = ["Hello ", "from ", "afar."].map((content) => chunk({ content }));
  return [[chunk({ role: "assistant", content: "" }), ...words, chunk({}, "stop"), "data: [DONE]\n\n"].join(""), { headers: { "content-type": "text/event-stream" } }];
}
