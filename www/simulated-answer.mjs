// What the simulated models say. All say the same, so that one can carry on for another.

/** Reads what a request asks, and returns the text that answers it. */
export function simulatedAnswer(messages) {
  const last = messages.at(-1);
  const inWords = last.role === "user" && /carry on exactly where it stops/i.test(textOf(last));
  const place = last.role === "assistant" ? messages.length - 1 : inWords ? messages.length - 2 : -1;
  const asked = messages.slice(0, place === -1 ? undefined : place).findLast(({ role }) => role === "user");
  const whole = answerTo(textOf(asked));
  if (place === -1) return whole;

  const begun = textOf(messages[place]);
  if (!whole.startsWith(begun)) return whole;
  // Asked in words, a model likes to begin with the last words again. The gateway trims them.
  return whole.slice(inWords ? begun.lastIndexOf(" ", begun.length - 24) + 1 : begun.length);
}

function answerTo(question) {
  const words = question.trim().split(/\s+/).join(" ");
  const signs = [...words]; // Not code units, of which an emoji is two.
  const quoted = signs.length > 80 ? `${signs.slice(0, 80).join("")}…` : words;
  return `This answer is simulated: no model was asked. You said: “${quoted}”

It is long enough to be interrupted. While you read, each word has travelled through the gateway in this page, which watches for what goes wrong: a provider that is down, one that is slow to begin, one that falls silent in the middle of a word.

If that happens now, another model is handed the text that you have seen so far and carries on from its very last letter. What it repeats is trimmed, so that not a word is doubled and none is lost. The place where one voice ends and the other begins is marked here; in your own product nobody would notice.`;
}

function textOf(message) {
  const content = message?.content ?? "";
  return typeof content === "string" ? content : (content.find(({ text }) => text)?.text ?? "");
}
