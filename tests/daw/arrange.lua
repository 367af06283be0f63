-- Makes a session: a track "Me" with Band Player in it, and the tracks "Band" and "Sound" that hear its notes and its
-- audio.
-- Arguments: the session's folder, its name, the seed, for how many quarters to tell at which sample
-- they are, the voice that the player plays (from 1), and then changes, of three words each: "tempo" and quarters a minute, or "ramp" and the
-- same (evenly to the next tempo), or "meter" and quarters a measure; and the quarter (from 0) at
-- which it stands.
--
-- What Ardour 7's Lua cannot do without its window is left to the caller, who writes it into the
-- saved session: laying a MIDI file on a track, and setting the loop.

local folder, name, seed, quarters = arg[1], arg[2], tonumber (arg[3]), math.tointeger (tonumber (arg[4]))
local voice = tonumber (arg[5])
local CHANGES = 6

local function fail (why)
	io.stderr:write ("failed: ", why, "\n")
	os.exit (1)
end

local function midi_track (title)
	local one = ARDOUR.ChanCount (ARDOUR.DataType ("midi"), 1)
	local tracks = Session:new_midi_track (one, one, true, ARDOUR.PluginInfo (), nil, nil, 1, title,
		ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, false)
	for track in tracks:iter () do
		return track
	end
	fail ("no track could be made")
end

AudioEngine:set_backend ("JACK", "", "")
-- Ardour connects ports from a thread of its own, and JACK's client library mixes up the words
-- of two threads. So nothing is connected but by this script.
ARDOUR.config ():set_input_auto_connect (0)
ARDOUR.config ():set_output_auto_connect (0)
if not create_session (folder, name, 48000) then
	fail ("no session could be made")
end

local me, band = midi_track ("Me"), midi_track ("Band")
local processor = ARDOUR.LuaAPI.new_plugin (Session, "Band Player", ARDOUR.PluginType.VST3, "")
if processor:isnil () then
	fail ("Ardour does not know the plugin")
end
if me:add_processor_by_index (processor, 0, nil, true) ~= 0 then
	fail ("the plugin could not be inserted")
end

-- Any seed but the default one, so that the music tells whether the session keeps it.
local plugin = processor:to_insert ():plugin (0)
-- Every voice of the band clicks, the last of its instruments: so the audio shows where each note begins.
-- The player's keyboard is on the first channel, whatever the voice. A drummer plays on the steps, and is recorded, but not
-- heard: drums do not click.
local wanted = { ["Seed"] = seed, ["Hear me"] = 0, ["My voice"] = voice, ["Drums"] = 1, ["Groove"] = 0, ["Drums level"] = 0 }
for number = 1, 4 do
	wanted["Voice " .. number .. " instrument"] = 14
end
for index = 0, plugin:parameter_count () - 1 do
	local label = plugin:parameter_label (index)
	if wanted[label] and ARDOUR.LuaAPI.set_processor_param (processor, index, wanted[label]) then
		wanted[label] = nil
	end
end
for label in pairs (wanted) do
	fail ("the plugin has no parameter that could be set: " .. label)
end

sleep (1)
if me:output ():midi (0):connect ("Band/midi_in 1") ~= 0 then
	fail ("the tracks could not be connected")
end
local sound
for track in Session:new_audio_track (2, 2, nil, 1, "Sound", ARDOUR.PresentationInfo.max_order,
		ARDOUR.TrackMode.Normal, false):iter () do
	sound = track
end
sleep (1)
for side = 0, 1 do
	if me:output ():audio (side):connect ("Sound/audio_in " .. (side + 1)) ~= 0 then
		fail ("the audio could not be connected")
	end
end

local map = Temporal.TempoMap.fetch_writable ()
local function set (i)
	local what, number = arg[i], tonumber (arg[i + 1])
	local place = Temporal.timepos_t.from_ticks (math.tointeger (tonumber (arg[i + 2])) * Temporal.ticks_per_beat)
	if what == "meter" then
		map:set_meter (Temporal.Meter (number, 4), place)
	else
		return map:set_tempo (Temporal.Tempo (number, number, 4), place)
	end
end
for i = CHANGES, #arg, 3 do
	set (i)
end
-- A ramp asks for the tempo that comes after it.
for i = CHANGES, #arg, 3 do
	if arg[i] == "ramp" and not map:set_ramped (set (i), true) then
		fail ("the tempo cannot be ramped")
	end
end
Temporal.TempoMap.update (map)
map = Temporal.TempoMap.read ()
for quarter = 0, quarters - 1 do
	io.stderr:write ("place ", quarter, " ", map:sample_at_beats (Temporal.Beats (quarter, 0)), "\n")
end
map = nil

sleep (1)
Session:save_state ("")
close_session ()
io.stderr:write ("done\n")
quit ()
