// Your own gateway: what is sent here in OpenAI's format is answered by whichever model can.
// Whoever reaches this port spends your money: put your own login in front of it.
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { Steadfast } from "steadfast";

const steadfast = new Steadfast(
  { routes: { standard: { fallback: ["deepseek/deepseek-flash", "openai/gpt-5.4-mini"] } } },
  { env: process.env, log: (level, line) => console.log(line) },
);

const app = new Hono();
app.all("/v1/*", ({ req }) => steadfast.fetch(req.raw));
app.get("/status", ({ json }) => json(steadfast.status()));

serve({ fetch: app.fetch, hostname: "127.0.0.1", port: Number(process.env.PORT ?? 8788) }, ({ port }) => console.log(`listens on ${port}`));
