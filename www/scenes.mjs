// One click, one story: each scene sets the providers, picks a strategy and asks. Its button is in index.html.

export const scenes = {
  cut: { strategy: "fallback", settings: { amber: { trouble: "cut" } }, asks: "What if you break off in the middle of this?" },
  down: { strategy: "fallback", settings: { amber: { up: false } }, asks: "Is anybody there?" },
  race: { strategy: "race", settings: {}, asks: "Who is the quickest?" },
  hedge: { strategy: "hedge", settings: { amber: { firstToken: 3500 } }, asks: "Are you still thinking?" },
  dark: {
    strategy: "fallback",
    settings: { amber: { up: false }, birch: { up: false }, cedar: { up: false } },
    asks: "Hello?",
  },
};
