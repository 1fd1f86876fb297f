-- Gives the lease back if it is the candidate's: candidate.
if call('GET', P .. 'lease:leader') == ARGV[1] then call('DEL', P .. 'lease:leader') end
