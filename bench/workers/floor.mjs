// The least a gateway in workerd can do: hand the request on, hand the answer back, see neither.
export default {
  fetch: (request, { UPSTREAM }) => fetch(UPSTREAM, { method: "POST", headers: request.headers, body: request.body }),
};
