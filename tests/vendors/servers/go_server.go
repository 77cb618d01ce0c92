// Conference API in Go: net/http and encoding/json, without other modules.
package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"reflect"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

var (
	project       = os.Getenv("SIGNALWIRE_PROJECT_ID")
	token         = os.Getenv("SIGNALWIRE_API_TOKEN")
	demo          = os.Getenv("DEMO_CONFERENCE")
	_, firstDraft = os.LookupEnv("FIRST_DRAFT")
)

func uuid() string {
	b := make([]byte, 16)
	rand.Read(b)
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:])
}

type fieldError struct{ attribute, code, message string }

type ConferenceRequest struct {
	DisplayName        *string `json:"display_name"`
	Name               *string `json:"name"`
	Description        *string `json:"description"`
	JoinFrom           *string `json:"join_from"`
	JoinUntil          *string `json:"join_until"`
	Quality            *string `json:"quality"`
	Layout             *string `json:"layout"`
	Size               *string `json:"size"`
	RecordOnStart      *bool   `json:"record_on_start"`
	EnableRoomPreviews *bool   `json:"enable_room_previews"`
	EnableChat         *bool   `json:"enable_chat"`
	DarkPrimary        *string `json:"dark_primary"`
	DarkBackground     *string `json:"dark_background"`
	DarkForeground     *string `json:"dark_foreground"`
	DarkSuccess        *string `json:"dark_success"`
	DarkNegative       *string `json:"dark_negative"`
	LightPrimary       *string `json:"light_primary"`
	LightBackground    *string `json:"light_background"`
	LightForeground    *string `json:"light_foreground"`
	LightSuccess       *string `json:"light_success"`
	LightNegative      *string `json:"light_negative"`
}

type Colors struct {
	DarkPrimary     string `json:"dark_primary"`
	DarkBackground  string `json:"dark_background"`
	DarkForeground  string `json:"dark_foreground"`
	DarkSuccess     string `json:"dark_success"`
	DarkNegative    string `json:"dark_negative"`
	LightPrimary    string `json:"light_primary"`
	LightBackground string `json:"light_background"`
	LightForeground string `json:"light_foreground"`
	LightSuccess    string `json:"light_success"`
	LightNegative   string `json:"light_negative"`
}

type Conference struct {
	ID                 string     `json:"id"`
	Name               string     `json:"name"`
	DisplayName        string     `json:"display_name"`
	Description        *string    `json:"description"`
	JoinFrom           *time.Time `json:"join_from"`
	JoinUntil          *time.Time `json:"join_until"`
	Quality            string     `json:"quality"`
	Layout             string     `json:"layout"`
	Size               string     `json:"size"`
	RecordOnStart      bool       `json:"record_on_start"`
	Tone               bool       `json:"tone_on_entry_and_exit"`
	UserJoinVideoOff   bool       `json:"user_join_video_off"`
	RoomJoinVideoOff   bool       `json:"room_join_video_off"`
	EnableChat         bool       `json:"enable_chat"`
	EnableRoomPreviews bool       `json:"enable_room_previews"`
	Colors
	Meta          map[string]interface{} `json:"meta"`
	CreatedAt     time.Time              `json:"created_at"`
	UpdatedAt     time.Time              `json:"updated_at"`
	ActiveSession *Session               `json:"active_session,omitempty"`
}

// Draft: the tags of a generator, which omit false and null.
type OmitConference struct {
	ID                 string     `json:"id"`
	Name               string     `json:"name"`
	DisplayName        string     `json:"display_name"`
	Description        *string    `json:"description,omitempty"`
	JoinFrom           *time.Time `json:"join_from,omitempty"`
	JoinUntil          *time.Time `json:"join_until,omitempty"`
	Quality            string     `json:"quality"`
	Layout             string     `json:"layout"`
	Size               string     `json:"size"`
	RecordOnStart      bool       `json:"record_on_start,omitempty"`
	Tone               bool       `json:"tone_on_entry_and_exit,omitempty"`
	UserJoinVideoOff   bool       `json:"user_join_video_off,omitempty"`
	RoomJoinVideoOff   bool       `json:"room_join_video_off,omitempty"`
	EnableChat         bool       `json:"enable_chat,omitempty"`
	EnableRoomPreviews bool       `json:"enable_room_previews,omitempty"`
	Colors
	Meta          map[string]interface{} `json:"meta,omitempty"`
	CreatedAt     time.Time              `json:"created_at"`
	UpdatedAt     time.Time              `json:"updated_at"`
	ActiveSession *Session               `json:"active_session,omitempty"`
}

type Session struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	StartTime time.Time `json:"start_time"`
	FPS       int       `json:"fps"`
	Quality   string    `json:"quality"`
	Status    string    `json:"status"`
}

type RoomRequest struct {
	Name               *string                `json:"name"`
	EnableRoomPreviews *bool                  `json:"enable_room_previews"`
	DisplayName        *string                `json:"display_name"`
	Description        *string                `json:"description"`
	JoinFrom           *string                `json:"join_from"`
	JoinUntil          *string                `json:"join_until"`
	MaxMembers         *int                   `json:"max_members"`
	Quality            *string                `json:"quality"`
	RemoveAt           *string                `json:"remove_at"`
	RemoveAfter        *int                   `json:"remove_after_seconds_elapsed"`
	Layout             *string                `json:"layout"`
	RecordOnStart      *bool                  `json:"record_on_start"`
	Meta               map[string]interface{} `json:"meta"`
	Sync               *bool                  `json:"sync_audio_video"`
	Tone               *bool                  `json:"tone_on_entry_and_exit"`
	RoomJoinVideoOff   *bool                  `json:"room_join_video_off"`
	UserJoinVideoOff   *bool                  `json:"user_join_video_off"`
}

type Room struct {
	ID                 string                 `json:"id"`
	Name               string                 `json:"name"`
	Description        string                 `json:"description"`
	DisplayName        string                 `json:"display_name"`
	MaxMembers         int                    `json:"max_members"`
	Quality            string                 `json:"quality"`
	FPS                int                    `json:"fps"`
	JoinFrom           *time.Time             `json:"join_from"`
	JoinUntil          *time.Time             `json:"join_until"`
	RemoveAt           *time.Time             `json:"remove_at"`
	RemoveAfter        *int                   `json:"remove_after_seconds_elapsed"`
	Layout             string                 `json:"layout"`
	RecordOnStart      bool                   `json:"record_on_start"`
	Tone               bool                   `json:"tone_on_entry_and_exit"`
	RoomJoinVideoOff   bool                   `json:"room_join_video_off"`
	UserJoinVideoOff   bool                   `json:"user_join_video_off"`
	EnableRoomPreviews bool                   `json:"enable_room_previews"`
	Sync               *bool                  `json:"sync_audio_video"`
	Meta               map[string]interface{} `json:"meta"`
	Prioritize         bool                   `json:"prioritize_handraise"`
}

type RoomResource struct {
	ID          string    `json:"id"`
	ProjectID   string    `json:"project_id"`
	DisplayName string    `json:"display_name"`
	Type        string    `json:"type"`
	CreatedAt   time.Time `json:"created_at"`
	UpdatedAt   time.Time `json:"updated_at"`
	Room        Room      `json:"conference_room"`
}

var (
	mu          sync.Mutex
	conferences = map[string]*Conference{}
	rooms       = map[string]*RoomResource{}
)

var (
	namePattern = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
	colorRe     = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)
	qualities   = []string{"720p", "1080p"}
	layouts     = []string{"grid-responsive", "grid-responsive-mobile", "highlight-1-responsive", "1x1", "2x1", "2x2", "5up", "3x3", "4x4", "5x5", "6x6", "8x8", "10x10"}
	sizes       = []string{"small", "medium", "large"}
)

func writeJSON(w http.ResponseWriter, status int, body interface{}) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}

func fail(w http.ResponseWriter, status int) {
	if firstDraft { // draft: text
		http.Error(w, http.StatusText(status), status)
		return
	}
	writeJSON(w, status, map[string]string{"error": http.StatusText(status)})
}

func invalid(w http.ResponseWriter, errs []fieldError) {
	items := []map[string]interface{}{}
	for _, e := range errs {
		item := map[string]interface{}{"type": "validation_error", "code": e.code, "message": e.message,
			"url": "https://signalwire.com/docs/apis/error-codes#" + e.code}
		if e.attribute != "" {
			item["attribute"] = e.attribute
		}
		items = append(items, item)
	}
	writeJSON(w, 422, map[string]interface{}{"errors": items})
}

type validator struct{ errs []fieldError }

func (v *validator) add(attribute, code, message string) {
	v.errs = append(v.errs, fieldError{attribute, code, message})
}

func (v *validator) length(name string, value *string, max int) string {
	if value == nil {
		return ""
	}
	n := utf8.RuneCountInString(*value)
	if firstDraft { // draft: len counts bytes
		n = len(*value)
	}
	if n > max {
		v.add(name, "invalid_parameter", fmt.Sprintf("%s must have at most %d characters", name, max))
	}
	return *value
}

func (v *validator) enum(name string, value *string, def string, values []string) string {
	if value == nil {
		return def
	}
	if firstDraft && *value == "" { // draft: the zero value of Go is the default
		return def
	}
	for _, one := range values {
		if *value == one {
			return one
		}
	}
	v.add(name, "invalid_parameter", name+" must be one of "+strings.Join(values, ", "))
	return def
}

func (v *validator) color(name string, value *string, def string) string {
	if value == nil {
		return def
	}
	if !colorRe.MatchString(*value) {
		v.add(name, "invalid_parameter", name+" must be a color")
	}
	return *value
}

func (v *validator) when(name string, value *string) *time.Time {
	if value == nil {
		return nil
	}
	text := *value
	if len(text) == 10 && !firstDraft {
		text += "T00:00:00Z"
	}
	parsed, err := time.Parse(time.RFC3339, text)
	if err != nil {
		v.add(name, "not_a_datetime", err.Error())
		return nil
	}
	parsed = parsed.UTC()
	if y := parsed.Year(); y > 9999 || y < 0 {
		v.add(name, "not_a_datetime", "out of range")
		return nil
	}
	return &parsed
}

func boolean(value *bool, def bool) bool {
	if value == nil {
		return def
	}
	return *value
}

func str(value *string, def string) string {
	if value == nil {
		return def
	}
	return *value
}

// decode reads one JSON object, and nothing after it.
func decode(w http.ResponseWriter, r *http.Request, into interface{}) bool {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
	raw, err := io.ReadAll(r.Body)
	if err != nil || !bytes.HasPrefix(bytes.TrimSpace(raw), []byte("{")) || !utf8.Valid(raw) {
		fail(w, 400)
		return false
	}
	if !firstDraft && !exactNames(raw, into) { // draft: encoding/json ignores the case of names
		fail(w, 400)
		return false
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	err = decoder.Decode(into)
	if typeError, ok := err.(*json.UnmarshalTypeError); ok {
		if typeError.Field == "" {
			fail(w, 400)
			return false
		}
		invalid(w, []fieldError{{typeError.Field, "invalid_parameter", "must be a " + typeError.Type.String() + ", not a " + typeError.Value}})
		return false
	}
	if err != nil {
		fail(w, 400)
		return false
	}
	if !firstDraft { // draft: what follows the first value is ignored
		if _, err := decoder.Token(); err != io.EOF {
			fail(w, 400)
			return false
		}
	}
	return true
}

// exactNames returns whether no name differs from a documented one in its case only.
func exactNames(raw []byte, into interface{}) bool {
	var names map[string]json.RawMessage
	if json.Unmarshal(raw, &names) != nil {
		return true
	}
	known := reflect.TypeOf(into).Elem()
	for i := 0; i < known.NumField(); i++ {
		tag := known.Field(i).Tag.Get("json")
		for name := range names {
			if name != tag && strings.EqualFold(name, tag) {
				return false
			}
		}
	}
	return true
}

func createConference(w http.ResponseWriter, r *http.Request) {
	var body ConferenceRequest
	if !decode(w, r, &body) {
		return
	}
	v := &validator{}
	if body.DisplayName == nil {
		v.add("display_name", "missing_required_parameter", "display_name is required")
	}
	c := &Conference{ID: uuid(), Meta: map[string]interface{}{}}
	c.DisplayName = v.length("display_name", body.DisplayName, 200)
	v.length("name", body.Name, 100)
	if body.Name != nil && !namePattern.MatchString(*body.Name) {
		v.add("name", "invalid_parameter", "name has characters that are not allowed")
	}
	v.length("description", body.Description, 3000)
	c.Name, c.Description = str(body.Name, "conference-"+c.ID), body.Description
	c.JoinFrom, c.JoinUntil = v.when("join_from", body.JoinFrom), v.when("join_until", body.JoinUntil)
	if c.JoinFrom != nil && c.JoinUntil != nil && c.JoinUntil.Before(*c.JoinFrom) {
		v.add("join_until", "invalid_join_until_date", "join_until must not be before join_from")
	}
	c.Quality = v.enum("quality", body.Quality, "720p", qualities)
	c.Layout = v.enum("layout", body.Layout, "grid-responsive", layouts)
	c.Size = v.enum("size", body.Size, "medium", sizes)
	c.RecordOnStart = boolean(body.RecordOnStart, false)
	c.EnableRoomPreviews = boolean(body.EnableRoomPreviews, false)
	c.EnableChat = boolean(body.EnableChat, true)
	c.DarkPrimary = v.color("dark_primary", body.DarkPrimary, "#044EF4")
	c.DarkBackground = v.color("dark_background", body.DarkBackground, "#FFFFFF")
	c.DarkForeground = v.color("dark_foreground", body.DarkForeground, "#1D2127")
	c.DarkSuccess = v.color("dark_success", body.DarkSuccess, "#17BB58")
	c.DarkNegative = v.color("dark_negative", body.DarkNegative, "#F42C50")
	c.LightPrimary = v.color("light_primary", body.LightPrimary, "#044EF4")
	c.LightBackground = v.color("light_background", body.LightBackground, "#FFFFFF")
	c.LightForeground = v.color("light_foreground", body.LightForeground, "#1D2127")
	c.LightSuccess = v.color("light_success", body.LightSuccess, "#17BB58")
	c.LightNegative = v.color("light_negative", body.LightNegative, "#F42C50")
	if len(v.errs) > 0 {
		invalid(w, v.errs)
		return
	}
	c.CreatedAt = now()
	c.UpdatedAt = c.CreatedAt
	mu.Lock()
	defer mu.Unlock()
	for _, other := range conferences {
		if other.Name == c.Name {
			invalid(w, []fieldError{{"name", "value_not_unique", "name is already in use"}})
			return
		}
	}
	conferences[c.ID] = c
	writeJSON(w, 200, view(c))
}

func now() time.Time {
	return time.Now().UTC()
}

func view(c *Conference) interface{} {
	if firstDraft {
		return OmitConference(*c)
	}
	return c
}

func createRoom(w http.ResponseWriter, r *http.Request) {
	var body RoomRequest
	if !decode(w, r, &body) {
		return
	}
	v := &validator{}
	if body.Name == nil {
		v.add("name", "missing_required_parameter", "name is required")
	}
	if body.EnableRoomPreviews == nil {
		v.add("enable_room_previews", "missing_required_parameter", "enable_room_previews is required")
	}
	res := &RoomResource{ID: uuid(), ProjectID: project, Type: "video_room"}
	v.length("display_name", body.DisplayName, 200)
	room := Room{ID: uuid(), FPS: 20, Name: str(body.Name, ""), Meta: body.Meta, Sync: body.Sync}
	room.Description = v.length("description", body.Description, 3000)
	room.DisplayName = str(body.DisplayName, room.Name)
	room.MaxMembers, room.RemoveAfter = 20, body.RemoveAfter
	if body.MaxMembers != nil {
		room.MaxMembers = *body.MaxMembers
		if room.MaxMembers < 0 || room.MaxMembers > 300 {
			v.add("max_members", "invalid_parameter", "max_members must be between 0 and 300")
		}
	}
	if room.RemoveAfter != nil && (*room.RemoveAfter < 0 || *room.RemoveAfter > 200000) {
		v.add("remove_after_seconds_elapsed", "invalid_parameter", "must be between 0 and 200000")
	}
	room.JoinFrom, room.JoinUntil, room.RemoveAt = v.when("join_from", body.JoinFrom), v.when("join_until", body.JoinUntil), v.when("remove_at", body.RemoveAt)
	if room.JoinFrom != nil && room.JoinUntil != nil && room.JoinUntil.Before(*room.JoinFrom) {
		v.add("join_until", "invalid_join_until_date", "join_until must not be before join_from")
	}
	room.Quality = v.enum("quality", body.Quality, "720p", qualities)
	room.Layout = v.enum("layout", body.Layout, "grid-responsive", layouts)
	room.RecordOnStart, room.Tone = boolean(body.RecordOnStart, false), boolean(body.Tone, true)
	room.RoomJoinVideoOff, room.UserJoinVideoOff = boolean(body.RoomJoinVideoOff, false), boolean(body.UserJoinVideoOff, false)
	room.EnableRoomPreviews = boolean(body.EnableRoomPreviews, false)
	if room.Meta == nil {
		room.Meta = map[string]interface{}{}
	}
	if len(v.errs) > 0 {
		invalid(w, v.errs)
		return
	}
	res.CreatedAt = now()
	res.UpdatedAt, res.DisplayName, res.Room = res.CreatedAt, room.DisplayName, room
	mu.Lock()
	defer mu.Unlock()
	rooms[res.ID] = res
	writeJSON(w, 200, res)
}

func list(w http.ResponseWriter, r *http.Request, items []interface{}) {
	size, number := 50, 0
	var err error
	if text := r.URL.Query().Get("page_size"); text != "" {
		if size, err = strconv.Atoi(text); err != nil || size < 1 || size > 1000 {
			invalid(w, []fieldError{{"page_size", "invalid_parameter", "must be between 1 and 1000"}})
			return
		}
	}
	if text := r.URL.Query().Get("page_number"); text != "" {
		if number, err = strconv.Atoi(text); err != nil || number < 0 || number > 1<<31 {
			invalid(w, []fieldError{{"page_number", "invalid_parameter", "must be at least 0"}})
			return
		}
	}
	links := map[string]string{"self": r.URL.String(), "first": fmt.Sprintf("%s?page_size=%d", r.URL.Path, size)}
	start, end := number*size, (number+1)*size
	if start > len(items) {
		start = len(items)
	}
	if end < len(items) {
		links["next"] = fmt.Sprintf("%s?page_size=%d&page_number=%d&page_token=PA%d", r.URL.Path, size, number+1, number+1)
	} else {
		end = len(items)
	}
	data := items[start:end]
	writeJSON(w, 200, map[string]interface{}{"links": links, "data": data})
}

func conferenceHandler(w http.ResponseWriter, r *http.Request) {
	id := strings.TrimPrefix(r.URL.Path, "/api/video/conferences/")
	mu.Lock()
	c, ok := conferences[id]
	mu.Unlock()
	if !ok {
		fail(w, 404)
		return
	}
	switch r.Method {
	case "GET", "HEAD":
		copied := *c
		if include, _ := strconv.ParseBool(r.URL.Query().Get("include_active_session")); include && id == demo {
			copied.ActiveSession = &Session{demo, "demo", time.Date(2026, 1, 1, 10, 0, 0, 0, time.UTC), 30, "720p", "in-progress"}
		}
		writeJSON(w, 200, view(&copied))
	case "DELETE":
		mu.Lock()
		delete(conferences, id)
		mu.Unlock()
		w.WriteHeader(204)
	default:
		w.Header().Set("Allow", "GET, DELETE")
		fail(w, 405)
	}
}

func roomHandler(w http.ResponseWriter, r *http.Request) {
	id := strings.TrimPrefix(r.URL.Path, "/api/fabric/resources/conference_rooms/")
	mu.Lock()
	defer mu.Unlock()
	room, ok := rooms[id]
	switch {
	case !ok:
		fail(w, 404)
	case r.Method == "GET":
		writeJSON(w, 200, room)
	case r.Method == "DELETE":
		delete(rooms, id)
		w.WriteHeader(204)
	default:
		fail(w, 405)
	}
}

func main() {
	c := &Conference{ID: demo, Name: "demo", DisplayName: "Demo", Quality: "720p", Layout: "grid-responsive", Size: "medium", EnableChat: true,
		Colors: Colors{DarkPrimary: "#044EF4", DarkBackground: "#FFFFFF", DarkForeground: "#1D2127", DarkSuccess: "#17BB58", DarkNegative: "#F42C50",
			LightPrimary: "#044EF4", LightBackground: "#FFFFFF", LightForeground: "#1D2127", LightSuccess: "#17BB58", LightNegative: "#F42C50"},
		Meta: map[string]interface{}{}, CreatedAt: time.Now().UTC(), UpdatedAt: time.Now().UTC()}
	conferences[demo] = c
	mux := http.NewServeMux()
	mux.HandleFunc("/api/video/conferences", func(w http.ResponseWriter, r *http.Request) {
		switch r.Method {
		case "POST":
			createConference(w, r)
		case "GET":
			mu.Lock()
			all := make([]*Conference, 0, len(conferences))
			for _, c := range conferences {
				all = append(all, c)
			}
			mu.Unlock()
			sort.Slice(all, func(i, j int) bool { return all[i].CreatedAt.Before(all[j].CreatedAt) })
			items := make([]interface{}, 0, len(all))
			for _, c := range all {
				items = append(items, view(c))
			}
			list(w, r, items)
		default:
			fail(w, 405)
		}
	})
	mux.HandleFunc("/api/video/conferences/", conferenceHandler)
	mux.HandleFunc("/api/fabric/resources/conference_rooms", func(w http.ResponseWriter, r *http.Request) {
		switch r.Method {
		case "POST":
			createRoom(w, r)
		case "GET":
			mu.Lock()
			all := make([]*RoomResource, 0, len(rooms))
			for _, c := range rooms {
				all = append(all, c)
			}
			mu.Unlock()
			sort.Slice(all, func(i, j int) bool { return all[i].CreatedAt.Before(all[j].CreatedAt) })
			items := make([]interface{}, 0, len(all))
			for _, c := range all {
				items = append(items, c)
			}
			list(w, r, items)
		default:
			fail(w, 405)
		}
	})
	mux.HandleFunc("/api/fabric/resources/conference_rooms/", roomHandler)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { fail(w, 404) })
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		username, password, ok := r.BasicAuth()
		good := ok && username == project && password == token
		if !good {
			if !firstDraft {
				w.Header().Set("WWW-Authenticate", `Basic realm="api"`)
			}
			fail(w, 401)
			return
		}
		mux.ServeHTTP(w, r)
	})
	log.SetOutput(io.Discard)
	http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), handler)
}
