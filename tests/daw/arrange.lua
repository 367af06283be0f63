-- Makes a session: a track "Me" with Band Player in it, and a track "Band" that hears it.
-- Arguments: the session's folder, its name, the seed, and then pairs of a tempo in quarters a
-- minute and the measure (of 4/4, from 0) at which it begins.
--
-- What Ardour 7's Lua cannot do without its window is left to the caller, who writes it into the
-- saved session: laying a MIDI file on a track, and setting the loop.

local folder, name, seed = arg[1], arg[2], tonumber (arg[3])
local MEASURE = 4 * Temporal.ticks_per_beat

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
local found = false
for index = 0, plugin:parameter_count () - 1 do
	if plugin:parameter_label (index) == "Seed" then
		found = ARDOUR.LuaAPI.set_processor_param (processor, index, seed)
	end
end
if not found then
	fail ("the plugin has no seed that could be set")
end

sleep (1)
if me:output ():midi (0):connect ("Band/midi_in 1") ~= 0 then
	fail ("the tracks could not be connected")
end

local map = Temporal.TempoMap.fetch_writable ()
for i = 4, #arg, 2 do
	local bpm, measure = tonumber (arg[i]), math.tointeger (tonumber (arg[i + 1]))
	map:set_tempo (Temporal.Tempo (bpm, bpm, 4), Temporal.timepos_t.from_ticks (measure * MEASURE))
end
Temporal.TempoMap.update (map)
map = nil

sleep (1)
Session:save_state ("")
close_session ()
io.stderr:write ("done\n")
quit ()
