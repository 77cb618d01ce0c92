// Conference API in Fastify: request and response schemas, checked and serialized by the framework.
import { randomUUID, timingSafeEqual } from "node:crypto";
import { STATUS_CODES } from "node:http";
import Fastify from "fastify";

const FIRST_DRAFT = "FIRST_DRAFT" in process.env;
const { SIGNALWIRE_PROJECT_ID: PROJECT, SIGNALWIRE_API_TOKEN: TOKEN, DEMO_CONFERENCE, PORT } = process.env;
const CREATED = FIRST_DRAFT ? 201 : 200;

// Draft: the default options of Fastify convert values of another type, null and arrays of one item included.
const strict = { allErrors: true, coerceTypes: false, removeAdditional: false };
const app = Fastify({ ajv: { customOptions: FIRST_DRAFT ? {} : strict } });

// --- schemas -------------------------------------------------------------------------------------------

const RFC_3339 = "^\\d{4}-\\d{2}-\\d{2}([Tt]\\d{2}:\\d{2}:\\d{2}(\\.\\d+)?([Zz]|[+-]\\d{2}:\\d{2}))?$";
const text = (maxLength) => ({ type: "string", maxLength });
const oneOf = (...values) => ({ type: "string", enum: values });
const byDefault = (schema, value) => ({ ...schema, default: value });
const boolean = { type: "boolean" };
const integer = (maximum) => ({ type: "integer", minimum: 0, maximum });
const time = FIRST_DRAFT ? { type: "string", format: "date-time" } : { type: "string", pattern: RFC_3339 };
const color = { type: "string", pattern: "^#[0-9a-fA-F]{6}$" };
const palette = { primary: "#044EF4", background: "#FFFFFF", foreground: "#1D2127", success: "#17BB58", negative: "#F42C50" };
const colors = Object.fromEntries(["dark", "light"].flatMap((theme) =>
  Object.entries(palette).map(([use, value]) => [`${theme}_${use}`, byDefault(color, value)])));
const quality = byDefault(oneOf("720p", "1080p"), "720p");
const layout = byDefault(oneOf("grid-responsive", "grid-responsive-mobile", "highlight-1-responsive", "1x1", "2x1", "2x2",
  "5up", "3x3", "4x4", "5x5", "6x6", "8x8", "10x10"), "grid-responsive");
const joinTimes = { join_from: time, join_until: time };

const conferenceRequest = {
  type: "object",
  required: ["display_name"],
  properties: {
    display_name: text(200),
    name: { ...text(100), pattern: "^[A-Za-z0-9_-]+$" },
    description: text(3000),
    ...joinTimes,
    quality,
    layout,
    size: byDefault(oneOf("small", "medium", "large"), "medium"),
    record_on_start: byDefault(boolean, false),
    enable_room_previews: byDefault(boolean, false),
    enable_chat: byDefault(boolean, true),
    ...colors,
  },
};
const roomRequest = {
  type: "object",
  required: ["name", "enable_room_previews"],
  properties: {
    name: { type: "string" },
    enable_room_previews: boolean,
    display_name: byDefault(text(200), ""),
    description: byDefault(text(3000), ""),
    ...joinTimes,
    max_members: byDefault(integer(300), 300),
    quality,
    remove_at: time,
    remove_after_seconds_elapsed: integer(200000),
    layout,
    record_on_start: byDefault(boolean, false),
    meta: byDefault({ type: "object", additionalProperties: true }, {}),
    sync_audio_video: byDefault(boolean, true),
    tone_on_entry_and_exit: byDefault(boolean, true),
    room_join_video_off: byDefault(boolean, false),
    user_join_video_off: byDefault(boolean, false),
  },
};

// The serializer writes null as "" where the schema has no null, and only the declared members of an object.
const string = { type: "string" };
const nullable = (schema) => (FIRST_DRAFT ? schema : { ...schema, nullable: true });
const object = FIRST_DRAFT ? { type: "object" } : { type: "object", additionalProperties: true };
const outgoing = ({ properties }) => Object.fromEntries(Object.entries(properties).map(([name, { type }]) => [name, { type }]));
const returnedTimes = { join_from: nullable(string), join_until: nullable(string) };
const stamps = { id: string, created_at: string, updated_at: string };
const switches = { tone_on_entry_and_exit: boolean, user_join_video_off: boolean, room_join_video_off: boolean };
const conferenceResponse = {
  type: "object",
  properties: {
    ...stamps, ...outgoing(conferenceRequest), ...switches, ...returnedTimes, description: nullable(string),
    meta: nullable(object), active_session: object,
  },
};
const roomResponse = {
  type: "object",
  properties: {
    ...stamps, project_id: string, display_name: string, type: string,
    conference_room: {
      type: "object",
      properties: {
        ...outgoing(roomRequest), ...returnedTimes, id: string, fps: { type: "integer" }, meta: object,
        remove_at: nullable(string), remove_after_seconds_elapsed: nullable({ type: "integer" }),
        prioritize_handraise: boolean,
      },
    },
  },
};

// --- errors --------------------------------------------------------------------------------------------

class HttpError extends Error {
  constructor(statusCode, errors) {
    super(STATUS_CODES[statusCode]);
    Object.assign(this, { statusCode, errors });
  }
}

const item = (attribute, message, code = "invalid_parameter") => ({
  type: "validation_error", code, message, attribute, url: "https://signalwire.com/docs/apis/error-codes",
});
const invalid = (attribute, message) => new HttpError(422, [item(attribute, message)]);

if (!FIRST_DRAFT) { // the default is a 400 with the members statusCode, code, error and message
  app.setErrorHandler((error, request, reply) => {
    const status = error.validation ? 422 : error.statusCode ?? 500;
    const errors = error.errors ?? error.validation?.map(({ instancePath, params, message }) =>
      item(instancePath.split("/")[1] ?? params.missingProperty ?? null, message,
        params.missingProperty ? "missing_required_parameter" : undefined));
    reply.code(status).send(errors ? { errors } : { error: STATUS_CODES[status] });
  });
  app.setNotFoundHandler(() => { throw new HttpError(404); });
}

// --- resources -----------------------------------------------------------------------------------------

const conferences = new Map();
const rooms = new Map();

function instant(body, member) {
  if (body[member] === undefined) return null;
  const text = body[member];
  const time = new Date(text);
  // Date wraps 30 February around, so the day is compared; draft: it is not.
  const day = new Date(`${text.slice(0, 10)}T00:00:00Z`);
  const wrapped = Number.isNaN(+day) || day.toISOString().slice(0, 10) !== text.slice(0, 10);
  if (Number.isNaN(+time) || (wrapped && !FIRST_DRAFT)) throw invalid(member, "must be a valid date and time");
  return time;
}

function instants(body, ...members) {
  const times = Object.fromEntries(members.map((member) => [member, instant(body, member)]));
  if (times.join_from && times.join_until && times.join_until < times.join_from) {
    throw invalid("join_until", "must not be before join_from");
  }
  return times;
}

const stamped = () => {
  const now = new Date();
  return { created_at: now, updated_at: now };
};

function addConference(body, id = randomUUID()) {
  const name = body.name ?? id;
  for (const conference of conferences.values()) {
    if (conference.name === name) throw invalid("name", "has already been taken");
  }
  const fixed = { tone_on_entry_and_exit: true, user_join_video_off: false, room_join_video_off: false, meta: null };
  conferences.set(id, { description: null, ...body, ...instants(body, "join_from", "join_until"), ...fixed, id, name, ...stamped() });
  return conferences.get(id);
}

function addRoom(body) {
  const id = randomUUID();
  const room = {
    remove_after_seconds_elapsed: null, ...body, ...instants(body, "join_from", "join_until", "remove_at"),
    id, fps: 20, prioritize_handraise: false,
  };
  const resource = { id, project_id: PROJECT, display_name: body.display_name, type: "video_room", conference_room: room };
  rooms.set(id, { ...resource, ...stamped() });
  return rooms.get(id);
}

// --- routes --------------------------------------------------------------------------------------------

app.addHook("onRequest", async (request, reply) => {
  const header = request.headers.authorization ?? "";
  const expected = `Basic ${Buffer.from(`${PROJECT}:${TOKEN}`).toString("base64")}`;
  const normal = FIRST_DRAFT ? header : header.replace(/^basic +/i, "Basic "); // draft: case-sensitive
  if (normal.length === expected.length && timingSafeEqual(Buffer.from(normal, "latin1"), Buffer.from(expected))) return;
  await reply.code(401).header("www-authenticate", 'Basic realm="api"').send({ error: "Unauthorized" });
});

const listSchema = (items) => ({
  querystring: {
    type: "object",
    properties: {
      page_size: { type: "string", pattern: "^[1-9][0-9]{0,3}$", default: "50" },
      page_number: { type: "string", pattern: "^[0-9]+$", default: "0" },
    },
  },
  response: { 200: { type: "object", properties: { links: { type: "object", additionalProperties: true }, data: { type: "array", items } } } },
});

function resource(path, resources, { body, response, add, get = (found) => found }) {
  const find = ({ params: { id } }) => {
    if (!resources.has(id)) throw new HttpError(404);
    return resources.get(id);
  };
  app.post(path, { schema: { body, response: { [CREATED]: response } } }, (request, reply) => {
    reply.code(CREATED).send(add(request.body));
  });
  app.get(path, { schema: listSchema(response) }, async ({ query }) => {
    const size = Number(query.page_size), number = Number(query.page_number), items = [...resources.values()];
    const links = { self: `${path}?page_size=${size}&page_number=${number}`, first: `${path}?page_size=${size}` };
    if ((number + 1) * size < items.length) links.next = `${path}?page_size=${size}&page_number=${number + 1}&page_token=P`;
    return { links, data: items.slice(number * size, (number + 1) * size) };
  });
  app.get(`${path}/:id`, { schema: { response: { 200: response } } }, async (request) => get(find(request), request.query));
  app.delete(`${path}/:id`, (request, reply) => {
    resources.delete(find(request).id);
    reply.code(204).send();
  });
}

const session = { id: randomUUID(), name: "demo", status: "in-progress", fps: 30, start_time: new Date().toISOString() };
resource("/api/video/conferences", conferences, {
  body: conferenceRequest,
  response: conferenceResponse,
  add: (body) => addConference(body),
  get: (conference, { include_active_session: requested }) =>
    requested === "true" && conference.id === DEMO_CONFERENCE ? { ...conference, active_session: session } : conference,
});
resource("/api/fabric/resources/conference_rooms", rooms, { body: roomRequest, response: roomResponse, add: addRoom });

const defaults = Object.entries(conferenceRequest.properties).filter(([, schema]) => "default" in schema);
addConference({ display_name: "Demo", name: "demo", ...Object.fromEntries(defaults.map(([name, schema]) => [name, schema.default])) },
  DEMO_CONFERENCE);

await app.listen({ host: "127.0.0.1", port: Number(PORT) });
