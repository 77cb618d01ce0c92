// Conference API in Koa: schemas in zod, bodies parsed by @koa/bodyparser.
import { randomUUID } from "node:crypto";
import { STATUS_CODES } from "node:http";
import { bodyParser } from "@koa/bodyparser";
import Router from "@koa/router";
import basicAuth from "basic-auth";
import Koa from "koa";
import { z } from "zod";

const FIRST_DRAFT = "FIRST_DRAFT" in process.env;
const { SIGNALWIRE_PROJECT_ID: PROJECT, SIGNALWIRE_API_TOKEN: TOKEN, DEMO_CONFERENCE, PORT } = process.env;

// --- schemas -------------------------------------------------------------------------------------------

// Draft: coercion as for a form, where "false" is true, null is 1970 and a string is trimmed.
const text = (limit) => (FIRST_DRAFT ? z.string().trim().max(limit) : z.string().max(limit));
const boolean = FIRST_DRAFT ? z.coerce.boolean() : z.boolean();
const integer = (maximum) => (FIRST_DRAFT ? z.coerce.number() : z.number()).int().min(0).max(maximum);
const time = FIRST_DRAFT
  ? z.coerce.date()
  : z.union([z.iso.date(), z.iso.datetime({ offset: true })]).transform((value) => new Date(value));
const color = (value) => z.string().regex(/^#[0-9a-fA-F]{6}$/).default(value);
const palette = { primary: "#044EF4", background: "#FFFFFF", foreground: "#1D2127", success: "#17BB58", negative: "#F42C50" };
const colors = Object.fromEntries(["dark", "light"].flatMap((theme) =>
  Object.entries(palette).map(([use, value]) => [`${theme}_${use}`, color(value)])));
const layouts = ["grid-responsive", "grid-responsive-mobile", "highlight-1-responsive", "1x1", "2x1", "2x2", "5up",
  "3x3", "4x4", "5x5", "6x6", "8x8", "10x10"];

const joinTimes = {
  join_from: time.optional(),
  join_until: time.optional(),
  quality: z.enum(["720p", "1080p"]).default("720p"),
  layout: z.enum(layouts).default("grid-responsive"),
  record_on_start: boolean.default(false),
};
const inOrder = ({ join_from: from, join_until: until }) => !(from && until) || until >= from;
const order = { path: ["join_until"], message: "must not be before join_from" };

const conferenceSchema = z.object({
  display_name: text(200),
  name: z.string().max(100).regex(/^[A-Za-z0-9_-]+$/).optional(),
  description: text(3000).optional(),
  ...joinTimes,
  size: z.enum(["small", "medium", "large"]).default("medium"),
  enable_room_previews: boolean.default(false),
  enable_chat: boolean.default(true),
  ...colors,
}).refine(inOrder, order);
const roomSchema = z.object({
  name: z.string(),
  enable_room_previews: boolean,
  display_name: text(200).optional(),
  description: text(3000).default(""),
  ...joinTimes,
  max_members: integer(300).default(50),
  remove_at: time.optional(),
  remove_after_seconds_elapsed: integer(200000).optional(),
  meta: z.record(z.string(), z.unknown()).default({}),
  sync_audio_video: boolean.optional(),
  tone_on_entry_and_exit: boolean.default(false),
  room_join_video_off: boolean.default(false),
  user_join_video_off: boolean.default(false),
}).refine(inOrder, order);

// --- resources -----------------------------------------------------------------------------------------

const conferences = new Map();
const rooms = new Map();

function stamped(resources, resource) {
  const now = new Date();
  resources.set(resource.id, { ...resource, created_at: now, updated_at: now });
  return resources.get(resource.id);
}

function addConference(values, id = randomUUID()) {
  const name = values.name ?? `conference_${id}`;
  if ([...conferences.values()].some((conference) => conference.name === name)) {
    throw new z.ZodError([{ code: "custom", path: ["name"], message: "is already in use" }]);
  }
  const empty = { description: null, join_from: null, join_until: null, meta: null };
  const fixed = { tone_on_entry_and_exit: true, user_join_video_off: true, room_join_video_off: false };
  return stamped(conferences, { ...empty, ...fixed, ...values, id, name });
}

function addRoom(values) {
  const id = randomUUID();
  const display_name = values.display_name ?? values.name;
  const empty = { join_from: null, join_until: null, remove_at: null, remove_after_seconds_elapsed: null, sync_audio_video: null };
  const room = { ...empty, ...values, display_name, id: randomUUID(), fps: 30, prioritize_handraise: false };
  return stamped(rooms, { id, project_id: PROJECT, display_name, type: "video_room", conference_room: room });
}

// --- middleware ----------------------------------------------------------------------------------------

const app = new Koa();
app.silent = true; // errors are not logged

const code = ({ code, message }) => (code === "invalid_type" && message.includes("undefined") ? "missing_required_parameter" : "invalid_parameter");
const item = (issue) => ({
  type: "validation_error", code: code(issue), message: issue.message, attribute: issue.path[0] ?? null,
  url: "https://signalwire.com/docs/apis/error-codes",
});

app.use(async (context, next) => {
  try {
    await next();
    if (!FIRST_DRAFT && context.status === 404) context.throw(404);
  } catch (error) {
    if (error instanceof z.ZodError) {
      context.status = 422;
      context.body = { errors: FIRST_DRAFT ? error.issues : error.issues.map(item) }; // draft: the issues of zod
    } else if (FIRST_DRAFT) {
      throw error; // the default is plain text
    } else {
      context.status = error.status ?? 500;
      context.body = { error: STATUS_CODES[context.status] };
    }
  }
});
app.use(async (context, next) => {
  const given = basicAuth(context.req);
  if (given?.name !== PROJECT || given.pass !== TOKEN) {
    context.set("WWW-Authenticate", 'Basic realm="conferences"');
    context.throw(401);
  }
  await next();
});
app.use(bodyParser({ enableTypes: ["json"], jsonLimit: "1mb" }));

// --- routes --------------------------------------------------------------------------------------------

const router = new Router();
const page = z.object({
  page_size: z.coerce.number().int().min(1).max(1000).default(50),
  page_number: z.coerce.number().int().min(0).default(0),
});

function collection(path, resources, schema, add) {
  const find = (context) => resources.get(context.params.id) ?? context.throw(404);
  router.post(path, (context) => {
    context.body = add(schema.parse(context.request.body));
  });
  router.get(path, (context) => {
    const { page_size: size, page_number: number } = page.parse({ ...context.query });
    const items = [...resources.values()], address = `${context.origin}${path}?page_size=${size}`;
    const links = { self: `${address}&page_number=${number}`, first: address };
    if ((number + 1) * size < items.length) links.next = `${address}&page_number=${number + 1}&page_token=PA0`;
    context.body = { links, data: items.slice(number * size, (number + 1) * size) };
  });
  router.get(`${path}/:id`, (context) => {
    const resource = find(context);
    const running = context.query.include_active_session === "true" && resource.id === DEMO_CONFERENCE;
    context.body = running ? { ...resource, active_session: session } : resource;
  });
  router.delete(`${path}/:id`, (context) => {
    resources.delete(find(context).id);
    context.status = 204;
  });
}

const session = { id: randomUUID(), name: "demo", status: "in-progress", fps: 20, quality: "720p", start_time: new Date() };
collection("/api/video/conferences", conferences, conferenceSchema, (values) => addConference(values));
collection("/api/fabric/resources/conference_rooms", rooms, roomSchema, addRoom);
addConference(conferenceSchema.parse({ display_name: "Demo", name: "demo" }), DEMO_CONFERENCE);

app.use(router.routes());
app.listen(Number(PORT), "127.0.0.1");
