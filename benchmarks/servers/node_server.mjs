// A fast in-memory server with the operations that a run needs: `node node_server.mjs RULES`. RULES is a JSON file
// with the schema of each request body by path; the credentials come from the environment. It exits when standard
// input is closed.

import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const RULES = JSON.parse(readFileSync(process.argv[2], "utf-8"));
const { SIGNALWIRE_PROJECT_ID: project, SIGNALWIRE_API_TOKEN: token } = process.env;
const ACCOUNT = `Basic ${Buffer.from(`${project}:${token}`).toString("base64")}`;
const TYPES = {
  array: Array.isArray,
  boolean: (value) => typeof value === "boolean",
  integer: Number.isInteger,
  null: (value) => value === null,
  number: (value) => typeof value === "number",
  object: (value) => value !== null && typeof value === "object" && !Array.isArray(value),
  string: (value) => typeof value === "string",
};
const KEYWORDS = {
  type: (types, value) => [types].flat().some((type) => TYPES[type](value)),
  enum: (known, value) => known.includes(value),
  maxLength: (most, value) => !TYPES.string(value) || [...value].length <= most,
  minLength: (least, value) => !TYPES.string(value) || [...value].length >= least,
  pattern: (pattern, value) => !TYPES.string(value) || new RegExp(pattern, "u").test(value),
  minimum: (least, value) => !TYPES.number(value) || value >= least,
  maximum: (most, value) => !TYPES.number(value) || value <= most,
  required: (names, value) => !TYPES.object(value) || names.every((name) => name in value),
  format: (format, value) => format !== "date-time" || !TYPES.string(value) || !Number.isNaN(Date.parse(value)),
};
const SAME = { "content-type": "application/json" };
const CHALLENGE = { ...SAME, "www-authenticate": 'Basic realm="conference"' };

let requests = 0;
const resources = new Map();

function keeps(schema, value) {
  return Object.entries(schema).every(([keyword, rule]) => KEYWORDS[keyword]?.(rule, value) ?? true);
}

function brokenMembers(schema, body) {
  const missing = schema.required.filter((name) => !(name in body));
  const wrong = Object.entries(body).filter(([name, value]) => !keeps(schema.properties[name] ?? {}, value));
  return [...missing, ...wrong.map(([name]) => name)];
}

function defaults(schema) {
  const filled = Object.entries(schema.properties).map(([name, node]) => [name, node.default ?? null]);
  return Object.fromEntries(filled);
}

function created(path, text) {
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    return [400, SAME, { error: "Bad Request" }];
  }
  const schema = RULES[path];
  const broken = TYPES.object(body) ? brokenMembers(schema, body) : ["body"];
  if (broken.length > 0) {
    const errors = broken.map((attribute) => ({ type: "validation_error", code: "invalid_parameter", attribute }));
    return [422, SAME, { errors }];
  }
  const id = randomUUID();
  const made = { ...defaults(schema), name: `conference-${id}`, ...body };
  const resource = path.startsWith("/api/fabric") ? { id, conference_room: { id, ...made } } : { id, ...made };
  resources.set(`${path}/${id}`, resource);
  return [200, SAME, resource];
}

function answer(request, text) {
  const [path] = request.url.split("?");
  if (path === "/requests") return [200, SAME, requests];
  requests += 1;
  if (request.headers.authorization !== ACCOUNT) return [401, CHALLENGE, { error: "Unauthorized" }];
  if (path in RULES) {
    if (request.method === "POST") return created(path, text);
    if (request.method === "GET") return [200, SAME, { links: {}, data: [] }];
  }
  const resource = resources.get(path);
  if (resource === undefined) return [404, SAME, { error: "Not Found" }];
  if (request.method === "GET") return [200, SAME, resource];
  if (request.method !== "DELETE") return [405, SAME, { error: "Method Not Allowed" }];
  resources.delete(path);
  return [204, {}, null];
}

const server = createServer((request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => {
    const [status, headers, body] = answer(request, Buffer.concat(parts).toString());
    const written = status === 204 ? "" : JSON.stringify(body);
    response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(written) });
    response.end(written);
  });
});
server.keepAliveTimeout = 75_000;
server.listen(0, "127.0.0.1", () => console.log(`ready http://127.0.0.1:${server.address().port}`));
process.stdin.on("end", () => process.exit()).resume();
