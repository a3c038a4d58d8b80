// The few lines that stand in for a framework.

/** The element of that id. */
export const by = (id) => document.getElementById(id);

/** A new element. Properties are set as attributes; `on…` are listeners; what is `undefined` or `false` is left out. */
export function element(name, attributes = {}, ...children) {
  return furnish(document.createElement(name), attributes, children);
}

/** A new element of a drawing. */
export function drawn(name, attributes = {}, ...children) {
  return furnish(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

/** Sets a text only where it has changed, so that nothing is drawn or read out twice. */
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Has a node say what another one says, and touches only what differs: whoever reads there keeps the place. */
export function renew(node, like) {
  if (node.isEqualNode(like)) return;
  if (node.nodeName !== like.nodeName) return node.replaceWith(like);
  if (node.nodeType === Node.TEXT_NODE) return write(node, like.textContent);
  for (const name of node.getAttributeNames()) if (!like.hasAttribute(name)) node.removeAttribute(name);
  for (const name of like.getAttributeNames()) node.setAttribute(name, like.getAttribute(name));
  const [old, fresh] = [[...node.childNodes], [...like.childNodes]];
  old.slice(fresh.length).forEach((child) => child.remove());
  fresh.forEach((child, place) => (old[place] ? renew(old[place], child) : node.append(child)));
}

let last;

/** Tells it to whoever listens to the page instead of looking at it. */
export function say(words) {
  // The same words twice in a row are heard only if they differ.
  last = words === last ? `${words}\u00a0` : words;
  by("says").textContent = last;
}

function furnish(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value !== undefined && value !== false) node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}
