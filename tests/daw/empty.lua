-- Makes a session without tracks, on Ardour's own silent engine.
-- Arguments: the session's folder and its name.

AudioEngine:set_backend ("None (Dummy)", "", "")
AudioEngine:start ()
if not create_session (arg[1], arg[2], 48000) then
	io.stderr:write ("failed: no session could be made\n")
	os.exit (1)
end
Session:save_state ("")
close_session ()
io.stderr:write ("done\n")
quit ()
