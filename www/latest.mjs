// Of what is begun one after the other the last one counts, whichever is done first.

/** Returns what begins anew. That again returns what says whether nothing was begun since. */
export function latest() {
  let last;
  return () => {
    const mine = (last = {});
    return () => mine === last;
  };
}
