module probe

go 1.26.8

require github.com/swaggest/swgui v1.8.5 // indirect
