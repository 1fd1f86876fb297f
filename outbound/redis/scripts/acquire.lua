-- Takes the lease if it is free or the candidate's own: candidate, milliseconds.
local holder = call('GET', P .. 'lease:leader')
if holder and holder ~= ARGV[1] then return 0 end
call('SET', P .. 'lease:leader', ARGV[1], 'PX', ARGV[2])
return 1
