// Conference API on node:http alone; every invalid body is a plain 400.
import http from "node:http";
import { randomUUID } from "node:crypto";
const { SIGNALWIRE_PROJECT_ID: PROJECT, SIGNALWIRE_API_TOKEN: TOKEN, DEMO_CONFERENCE: DEMO, PORT } = process.env;
const FIRST_DRAFT = "FIRST_DRAFT" in process.env;
const LAYOUTS = ["grid-responsive", "grid-responsive-mobile", "highlight-1-responsive", "1x1", "2x1", "2x2", "5up", "3x3", "4x4", "5x5", "6x6", "8x8", "10x10"];
const palette = { primary: "#044EF4", background: "#FFFFFF", foreground: "#1D2127", success: "#17BB58", negative: "#F42C50" };
const colors = Object.fromEntries(["dark", "light"].flatMap((t) => Object.entries(palette).map(([u, v]) => [`${t}_${u}`, v])));
const conferences = new Map(), rooms = new Map();

class Invalid extends Error {}
const length = (text) => (FIRST_DRAFT ? Buffer.byteLength(text) : [...text].length); // draft: bytes
const text = (max, pattern) => (v) => {
  if (typeof v !== "string" || (max && length(v) > max) || (pattern && !pattern.test(v))) throw new Invalid();
  return v;
};
const oneOf = (...values) => (v) => {
  if (!values.includes(v)) throw new Invalid();
  return v;
};
const bool = (v) => {
  if (FIRST_DRAFT) return !!v; // draft: anything is true or false
  if (typeof v !== "boolean") throw new Invalid();
  return v;
};
const int = (max) => (v) => {
  if (FIRST_DRAFT) v = parseInt(v); // draft: "12 members" and 1.5 are integers
  if (!Number.isInteger(v) || v < 0 || v > max) throw new Invalid();
  return v;
};
const object = (v) => {
  if (v === null || typeof v !== "object" || Array.isArray(v)) throw new Invalid();
  return v;
};
const time = (v) => {
  if (FIRST_DRAFT && !Number.isNaN(Date.parse(v))) return new Date(v).toISOString(); // draft: Date reads almost anything
  if (typeof v !== "string") throw new Invalid();
  const t = /^\d{4}-\d\d-\d\d$/.test(v) ? `${v}T00:00:00Z` : v;
  const m = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.exec(t);
  const d = new Date(t), day = m && new Date(`${m[1]}T00:00:00Z`);
  if (!m || isNaN(d) || isNaN(day) || day.toISOString().slice(0, 10) !== m[1] || d.getUTCFullYear() > 9999 || d.getUTCFullYear() < 1) throw new Invalid();
  return d.toISOString().replace(".000Z", "Z");
};
const CONFERENCE = { display_name: text(200), name: text(100, FIRST_DRAFT ? /[A-Za-z0-9_-]+/ : /^[A-Za-z0-9_-]+$/), description: text(3000), join_from: time, join_until: time, quality: oneOf("720p", "1080p"), layout: oneOf(...LAYOUTS),
  size: oneOf("small", "medium", "large"), record_on_start: bool, enable_room_previews: bool, enable_chat: bool, ...Object.fromEntries(Object.keys(colors).map((c) => [c, text(7, /^#[0-9a-f]{6}$/i)])) };
const ROOM = { name: text(), enable_room_previews: bool, display_name: text(200), description: text(3000), join_from: time, join_until: time, max_members: int(300), quality: oneOf("720p", "1080p"), remove_at: time,
  remove_after_seconds_elapsed: int(200000), layout: oneOf(...LAYOUTS), record_on_start: bool, meta: object, sync_audio_video: bool, tone_on_entry_and_exit: bool, room_join_video_off: bool, user_join_video_off: bool };
function validate(schema, required, body) {
  if (body === null || typeof body !== "object" || Array.isArray(body)) throw new Invalid();
  const out = {};
  for (const name of required) if (!Object.hasOwn(body, name)) throw new Invalid();
  for (const [name, check] of Object.entries(schema)) if (Object.hasOwn(body, name)) out[name] = check(body[name]);
  if (out.join_from && out.join_until && new Date(out.join_until) < new Date(out.join_from)) throw new Invalid();
  return out;
}
const now = () => new Date().toISOString();
const conference = (v, id = randomUUID()) => ({ id, name: `room-${id}`, description: "", join_from: null, join_until: null, quality: "720p", layout: "grid-responsive", size: "medium", record_on_start: false, tone_on_entry_and_exit: true, user_join_video_off: false,
  room_join_video_off: false, enable_chat: true, enable_room_previews: false, ...colors, meta: {}, created_at: now(), updated_at: now(), ...v });
conferences.set(DEMO, conference({ display_name: "Demo", name: "demo" }, DEMO));
function send(res, status, body) {
  const data = body === undefined ? "" : JSON.stringify(body);
  if (status === 204) { res.writeHead(204); return res.end(); }
  res.writeHead(status, { "Content-Type": "application/json; charset=utf-8", ...(status === 401 ? { "WWW-Authenticate": "Basic" } : {}), Connection: "close" });
  res.end(data); // HEAD has no body: node drops it
}
const fail = (res, status, phrase) => send(res, status, { error: phrase });
function page(req, res, url, map) {
  const size = Math.min(Math.max(parseInt(url.searchParams.get("page_size") ?? "50") || 50, 1), 1000), number = Math.max(parseInt(url.searchParams.get("page_number") ?? "0") || 0, 0);
  const all = [...map.values()], links = { self: req.url, first: url.pathname };
  if ((number + 1) * size < all.length) links.next = `${url.pathname}?page_size=${size}&page_number=${number + 1}&page_token=PA${number}`;
  send(res, 200, { data: all.slice(number * size, (number + 1) * size), links });
}
function authorized(req) {
  const [scheme, value] = (req.headers.authorization ?? "").split(" ");
  return scheme?.toLowerCase() === "basic" && value === Buffer.from(`${PROJECT}:${TOKEN}`).toString("base64");
}
http.createServer((req, res) => {
  const chunks = [];
  req.on("data", (c) => chunks.push(c));
  req.on("end", () => {
    try {
      const url = new URL(req.url, "http://x");
      if (!authorized(req)) return fail(res, 401, "Unauthorized");
      const [, base, id] = /^(\/api\/video\/conferences|\/api\/fabric\/resources\/conference_rooms)(?:\/([^/]+))?\/?$/.exec(url.pathname) ?? [];
      if (!base) return fail(res, 404, "Not Found");
      const video = base.includes("video"), map = video ? conferences : rooms;
      if (id !== undefined) {
        const one = map.get(id);
        if (!one) return fail(res, 404, "Not Found");
        if (req.method === "GET" || req.method === "HEAD") return send(res, 200, id === DEMO && url.searchParams.get("include_active_session") === "true" ? { ...one, active_session: { id: DEMO, name: "demo", status: "in-progress", fps: 30, start_time: now() } } : one);
        if (req.method === "DELETE") { map.delete(id); return send(res, 204); }
        return fail(res, 405, "Method Not Allowed");
      }
      if (req.method === "GET" || req.method === "HEAD") return page(req, res, url, map);
      if (req.method !== "POST") return fail(res, 405, "Method Not Allowed");
      let body;
      try {
        body = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks)));
      } catch {
        return FIRST_DRAFT ? fail(res, 500, "Internal Server Error") : fail(res, 400, "Bad Request"); // draft: 500
      }
      if (video) {
        const v = validate(CONFERENCE, ["display_name"], body);
        const c = conference(v);
        if ([...map.values()].some((other) => other.name === c.name)) return fail(res, 409, "Conflict");
        map.set(c.id, c);
        return send(res, 200, c);
      }
      const v = validate(ROOM, ["name", "enable_room_previews"], body), rid = randomUUID();
      const room = { display_name: v.name, description: "", max_members: 10, quality: "720p", fps: 20, join_from: null, join_until: null, remove_at: null, remove_after_seconds_elapsed: null, layout: "grid-responsive", record_on_start: false, tone_on_entry_and_exit: false,
        room_join_video_off: false, user_join_video_off: false, sync_audio_video: null, meta: {}, prioritize_handraise: false, ...v, id: randomUUID() };
      const resource = { id: rid, project_id: PROJECT, display_name: room.display_name, type: "video_room", created_at: now(), updated_at: now(), conference_room: room };
      map.set(rid, resource);
      send(res, 200, resource);
    } catch (e) {
      if (e instanceof Invalid || e instanceof RangeError) return fail(res, 400, "Bad Request");
      fail(res, 500, "Internal Server Error");
    }
  });
}).listen(Number(PORT), "127.0.0.1");
