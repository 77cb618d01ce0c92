// Conference API in Express: the schemas of the documentation, checked by ajv.
import { randomUUID, timingSafeEqual } from "node:crypto";
import { STATUS_CODES } from "node:http";
import { Ajv } from "ajv";
import addFormats from "ajv-formats";
import express from "express";

const FIRST_DRAFT = "FIRST_DRAFT" in process.env;
const { SIGNALWIRE_PROJECT_ID: PROJECT, SIGNALWIRE_API_TOKEN: TOKEN, DEMO_CONFERENCE, PORT } = process.env;

// --- schemas -------------------------------------------------------------------------------------------

// Draft: "true", 1 and null become what the schema asks for.
const ajv = new Ajv({ allErrors: true, useDefaults: true, coerceTypes: FIRST_DRAFT });
addFormats.default(ajv, ["date-time"]);
ajv.addFormat("moment", (text) => parseTime(text) !== null);

// A date is midnight UTC. Date wraps 30 February around, so the day is compared.
function parseTime(text) {
  if (/^\d{4}-\d\d-\d\d$/.test(text)) text += "T00:00:00Z";
  if (!/^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/.test(text)) return null;
  const time = new Date(text.toUpperCase().replace(" ", "T"));
  const day = new Date(`${text.slice(0, 10)}T00:00:00Z`);
  if (Number.isNaN(+time) || Number.isNaN(+day) || day.getUTCDate() !== Number(text.slice(8, 10))) return null;
  return time;
}

const text = (maxLength) => ({ type: "string", maxLength });
const oneOf = (...values) => ({ type: "string", enum: values });
const flag = (value) => (value === undefined ? { type: "boolean" } : { type: "boolean", default: value });
const integer = (maximum) => ({ type: "integer", minimum: 0, maximum });
// Draft: the format of ajv-formats, which accepts leap seconds (Date does not) and rejects dates.
const moment = { type: "string", format: FIRST_DRAFT ? "date-time" : "moment" };
const color = (value) => ({ type: "string", pattern: "^#[0-9a-fA-F]{6}$", default: value });
const palette = { primary: "#044EF4", background: "#FFFFFF", foreground: "#1D2127", success: "#17BB58", negative: "#F42C50" };
const colors = ["dark", "light"].flatMap((theme) =>
  Object.entries(palette).map(([use, value]) => [`${theme}_${use}`, color(value)]));
const layout = oneOf("grid-responsive", "grid-responsive-mobile", "highlight-1-responsive", "1x1", "2x1", "2x2",
  "5up", "3x3", "4x4", "5x5", "6x6", "8x8", "10x10");
const quality = { ...oneOf("720p", "1080p"), default: "720p" };

const validateConference = ajv.compile({
  type: "object",
  required: ["display_name"],
  properties: {
    display_name: text(200),
    name: { ...text(100), pattern: "^[A-Za-z0-9_-]+$" },
    description: text(3000),
    join_from: moment,
    join_until: moment,
    quality,
    layout: { ...layout, default: "grid-responsive" },
    size: { ...oneOf("small", "medium", "large"), default: "medium" },
    record_on_start: flag(false),
    enable_room_previews: flag(),
    enable_chat: flag(true),
    ...Object.fromEntries(colors),
  },
});
const validateRoom = ajv.compile({
  type: "object",
  required: ["name", "enable_room_previews"],
  properties: {
    name: { type: "string" },
    enable_room_previews: flag(),
    display_name: text(200),
    description: text(3000),
    join_from: moment,
    join_until: moment,
    max_members: integer(300),
    quality,
    remove_at: moment,
    remove_after_seconds_elapsed: integer(200000),
    layout: { ...layout, default: "grid-responsive" },
    record_on_start: flag(false),
    meta: { type: "object", default: {} },
    sync_audio_video: flag(),
    tone_on_entry_and_exit: flag(true),
    room_join_video_off: flag(false),
    user_join_video_off: flag(false),
  },
});

// --- errors --------------------------------------------------------------------------------------------

class HttpError extends Error {
  constructor(status, errors) {
    super(STATUS_CODES[status]);
    Object.assign(this, { status, errors });
  }
}

const item = (attribute, message, code = "invalid_parameter") => ({
  type: "validation_error", code, message, attribute, url: `https://signalwire.com/docs/apis/error-codes#${code}`,
});

function check(validate, body) {
  if (!validate(body)) {
    // Draft: the errors of ajv as they are.
    const errors = FIRST_DRAFT ? validate.errors : validate.errors.map((error) => error.keyword === "required"
      ? item(error.params.missingProperty, "is required", "missing_required_parameter")
      : item(error.instancePath.split("/")[1] ?? null, error.message));
    throw new HttpError(422, errors);
  }
  if (body.join_from && body.join_until && new Date(body.join_until) < new Date(body.join_from)) {
    throw new HttpError(422, [item("join_until", "must not be before join_from", "invalid_join_until_date")]);
  }
}

// --- resources -----------------------------------------------------------------------------------------

const conferences = new Map();
const rooms = new Map();
const formatTime = (value) => (value === undefined ? null : (FIRST_DRAFT ? new Date(value) : parseTime(value)).toISOString());
const now = () => {
  const time = new Date().toISOString();
  return { created_at: time, updated_at: time };
};

function addConference(body, id = randomUUID()) {
  const name = body.name ?? `room-${id}`;
  if ([...conferences.values()].some((conference) => conference.name === name)) {
    throw new HttpError(422, [item("name", "is already in use")]);
  }
  const conference = {
    id, name, display_name: body.display_name, description: body.description ?? null,
    join_from: formatTime(body.join_from), join_until: formatTime(body.join_until),
    quality: body.quality, layout: body.layout, size: body.size, record_on_start: body.record_on_start,
    tone_on_entry_and_exit: true, user_join_video_off: false, room_join_video_off: false,
    enable_chat: body.enable_chat, enable_room_previews: body.enable_room_previews ?? null,
    ...Object.fromEntries(colors.map(([color]) => [color, body[color]])),
    meta: {}, ...now(),
  };
  conferences.set(id, conference);
  return conference;
}

function addRoom(body) {
  const id = randomUUID();
  const display_name = body.display_name ?? body.name;
  const room = {
    ...body, id: randomUUID(), display_name, description: body.description ?? "", max_members: body.max_members ?? 50,
    join_from: formatTime(body.join_from), join_until: formatTime(body.join_until), remove_at: formatTime(body.remove_at),
    remove_after_seconds_elapsed: body.remove_after_seconds_elapsed ?? null,
    sync_audio_video: body.sync_audio_video ?? null, fps: 20, prioritize_handraise: true,
  };
  const resource = { id, project_id: PROJECT, display_name, type: "video_room", conference_room: room, ...now() };
  rooms.set(id, resource);
  return resource;
}

const session = { id: randomUUID(), name: "demo", status: "in-progress", fps: 30, start_time: new Date().toISOString() };
const demo = { display_name: "Demo", name: "demo" };
validateConference(demo);
addConference(demo, DEMO_CONFERENCE);

// --- routes --------------------------------------------------------------------------------------------

const app = express();

app.use((request, response, next) => {
  const [scheme, encoded = ""] = (request.get("authorization") ?? "").split(" ");
  // Buffer ignores what is not base64; therefore the encoded forms are compared. Draft: the decoded forms.
  const expected = Buffer.from(`${PROJECT}:${TOKEN}`);
  const given = FIRST_DRAFT ? Buffer.from(encoded, "base64") : Buffer.from(encoded);
  const wanted = FIRST_DRAFT ? expected : Buffer.from(expected.toString("base64"));
  const equal = given.length === wanted.length && timingSafeEqual(given, wanted);
  if (!equal || (!FIRST_DRAFT && scheme.toLowerCase() !== "basic")) { // draft: the scheme does not matter
    return response.status(401).set("WWW-Authenticate", "Basic").json({ error: "Unauthorized" });
  }
  next();
});
app.use(express.json());

app.param("id", (request, response, next, id) => {
  request.resource = (request.path.startsWith("/api/video") ? conferences : rooms).get(id);
  next(request.resource ? undefined : new HttpError(404));
});

function list(resources) {
  return (request, response) => {
    const size = Number(request.query.page_size ?? 50), number = Number(request.query.page_number ?? 0);
    if (!(size >= 1 && size <= 1000 && number >= 0)) throw new HttpError(422, [item("page_size", "is out of range")]);
    const items = [...resources.values()];
    const links = { self: request.originalUrl, first: `${request.path}?page_size=${size}` };
    if ((number + 1) * size < items.length) {
      links.next = `${request.path}?page_size=${size}&page_number=${number + 1}&page_token=PA${number + 1}`;
    }
    response.json({ links, data: items.slice(number * size, (number + 1) * size) });
  };
}

app.route("/api/video/conferences").get(list(conferences)).post((request, response) => {
  check(validateConference, request.body);
  response.json(addConference(request.body));
});
app.route("/api/fabric/resources/conference_rooms").get(list(rooms)).post((request, response) => {
  check(validateRoom, request.body);
  response.json(addRoom(request.body));
});
app.get("/api/video/conferences/:id", (request, response) => {
  const running = request.query.include_active_session === "true" && request.params.id === DEMO_CONFERENCE;
  response.json(running ? { ...request.resource, active_session: session } : request.resource);
});
app.get("/api/fabric/resources/conference_rooms/:id", (request, response) => response.json(request.resource));
app.delete("/api/video/conferences/:id", (request, response) => {
  conferences.delete(request.params.id);
  response.sendStatus(204);
});
app.delete("/api/fabric/resources/conference_rooms/:id", (request, response) => {
  rooms.delete(request.params.id);
  response.sendStatus(204);
});

if (!FIRST_DRAFT) app.use((request, response, next) => next(new HttpError(404))); // the default is a page in HTML
app.use((error, request, response, next) => {
  if (error.errors) return response.status(error.status).json({ errors: error.errors });
  if (FIRST_DRAFT) return next(error); // a page in HTML, also for bad JSON and for 500
  const status = error.status ?? 500;
  response.status(status).json({ error: STATUS_CODES[status] });
});

app.listen(Number(PORT), "127.0.0.1");
