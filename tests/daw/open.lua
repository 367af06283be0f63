-- A hook for Ardour's window, called ten times a second: lets it import a MIDI file as one does by
-- its menu (a track for each of the file's, tempo and meter from the file), and saves the session.
-- FILE stands for the file's path, in quotes.

-- The window is complete a little after the session is.
local WAIT = 3
local calls = 0

local function say (line)
	io.stderr:write (line, "\n")
	io.stderr:flush ()
end

local function import ()
	local files, start = C.StringVector (), Temporal.timepos_t.from_ticks (0)
	files:push_back (FILE)
	Editor:do_import (files, Editing.ImportDistinctFiles, Editing.ImportAsTrack, ARDOUR.SrcQuality.SrcBest,
		ARDOUR.MidiTrackNameSource.SMFTrackName, ARDOUR.MidiTempoMapDisposition.SMFTempoUse,
		start, ARDOUR.PluginInfo (), ARDOUR.Track (), false)
	Session:save_state ("")
end

return function ()
	-- Importing lets the timer run on.
	calls = calls + 1
	if calls ~= WAIT then
		return
	end
	local fine, why = pcall (import)
	-- To quit from a hook would end the interpreter that runs it: the caller does.
	say (fine and "done" or "failed: " .. tostring (why))
end
