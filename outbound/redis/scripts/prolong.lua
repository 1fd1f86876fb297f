-- Prolongs the lease if it is still the candidate's: candidate, milliseconds.
if call('GET', P .. 'lease:leader') ~= ARGV[1] then return 0 end
call('SET', P .. 'lease:leader', ARGV[1], 'PX', ARGV[2])
return 1
