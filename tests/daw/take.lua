-- Opens the session, records what "Me" sends to "Band", and saves: first from the beginning over
-- all tempos and meters, then around the loop, then over jumps.
-- Arguments: the session's folder, its name, the seed that the plugin must have kept, the quarter
-- (from 0) at which the first recording may end, how often the loop is played, and then for each
-- jump four quarters: where it rolls from, where and whereto it jumps, and where it may stop.
local folder, name, seed = arg[1], arg[2], tonumber (arg[3])
local last, passes = math.tointeger (tonumber (arg[4])), tonumber (arg[5])
local QUARTER = Temporal.ticks_per_beat
local UI = ARDOUR.TransportRequestSource.TRS_UI
-- How often the playhead is looked at, and how long a recording may take, in seconds.
local TICK, PATIENCE = 0.1, 60
-- In samples.
local SECOND = 48000

local function say (line)
	io.stderr:write (line, "\n")
end

local function fail (why)
	say ("failed: " .. why)
	os.exit (1)
end

AudioEngine:set_backend ("JACK", "", "")
if not load_session (folder, name) then
	fail ("the session could not be opened")
end
local me, band = Session:route_by_name ("Me"), Session:route_by_name ("Band"):to_track ()
local sound = Session:route_by_name ("Sound"):to_track ()
if not me:output ():midi (0):connected_to ("Band/midi_in 1") then
	fail ("the tracks are not connected any more")
end

local processor = me:nth_plugin (0)
local plugin = processor:to_insert ():plugin (0)
local kept
for index = 0, plugin:parameter_count () - 1 do
	if plugin:parameter_label (index) == "Seed" then
		kept = ARDOUR.LuaAPI.get_processor_param (processor, index)
	end
end
if not kept or math.abs (kept - seed) > 0.001 then
	fail ("the session lost the seed: it is " .. tostring (kept))
end

local function await (finished)
	local waited = 0
	while not finished (Session:transport_sample ()) do
		sleep (TICK)
		waited = waited + TICK
		if waited > PATIENCE then
			fail ("the transport does not get there; it is at sample " .. Session:transport_sample ())
		end
	end
end

-- Rolls from a place, recording, until finished () says so.
local function record (from, roll, finished)
	sound:rec_enable_control ():set_value (1, PBD.GroupControlDisposition.NoGroup)
	band:rec_enable_control ():set_value (1, PBD.GroupControlDisposition.NoGroup)
	Session:request_locate (from, false, ARDOUR.LocateTransportDisposition.MustStop, UI)
	sleep (1)
	Session:maybe_enable_record (false)
	roll ()
	await (finished)
	Session:request_stop (false, false, UI)
	sleep (1.5)
	Session:disable_record (true)
end

-- A little more than is judged, so that the judged part does not hang on when this script woke.
local function sample (quarter)
	return Temporal.timepos_t.from_ticks (math.tointeger (quarter * QUARTER)):samples ()
end
local enough = sample (last + 2)
record (0, function () Session:request_roll (UI) end, function (now) return now >= enough end)

local loop = Session:locations ():auto_loop_location ()
if not loop then
	fail ("the loop was lost")
end
local start, middle = loop:start ():samples (), (loop:start ():samples () + loop:_end ():samples ()) // 2
local before, wraps = start, 0
record (start, function () Session:request_play_loop (true, true) end, function (now)
	if now < before then
		wraps = wraps + 1
	end
	before = now
	return wraps >= passes and now >= middle
end)

-- A jump ends a recording, and Ardour throws away what it has then. So it rolls, jumps, and
-- begins to record as it rolls on.
local function jump (from, at, to, till)
	band:rec_enable_control ():set_value (1, PBD.GroupControlDisposition.NoGroup)
	Session:request_locate (from, false, ARDOUR.LocateTransportDisposition.MustStop, UI)
	sleep (1)
	Session:request_roll (UI)
	await (function (now) return now >= at end)
	Session:request_locate (to, false, ARDOUR.LocateTransportDisposition.MustRoll, UI)
	await (function (now) return now >= to and now < to + SECOND end)
	Session:maybe_enable_record (false)
	await (function (now) return now >= till end)
	Session:request_stop (false, false, UI)
	sleep (1.5)
	Session:disable_record (true)
end
for i = 6, #arg, 4 do
	jump (sample (tonumber (arg[i])), sample (tonumber (arg[i + 1])), sample (tonumber (arg[i + 2])), sample (tonumber (arg[i + 3]) + 2))
end

say ("xruns: " .. Session:get_xrun_count ())
Session:save_state ("")
close_session ()
say ("done")
quit ()
