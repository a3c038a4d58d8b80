// What one would write by hand: parse, rewrite the model, buffer. No key check, no second target, no clocks, no trail.
export default {
  async fetch(request, { UPSTREAM }) {
    const body = await request.json();
    body.model = body.model.slice(body.model.indexOf("/") + 1);
    const response = await fetch(UPSTREAM, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: "Bearer provider-key" },
      body: JSON.stringify(body),
    });
    return new Response(await response.text(), { status: response.status, headers: { "content-type": "application/json" } });
  },
};
