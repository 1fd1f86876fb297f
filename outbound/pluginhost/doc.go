// Package pluginhost runs backends as plugin executables and offers each as a
// ports/backend.Backend.
//
// A Host owns the plugin directory, a private state directory and every process
// that it starts. For each adapter one supervisor starts the plugin, watches
// it, restarts it after a backoff, sets it aside (quarantine) when it keeps
// crashing, and drains and ends it on stop. No plugin outlives its host.
//
// What the package needs: Linux, a plugin directory that only its owner can
// write to, and a lock file in it (plugins.lock) that says which executables
// are trusted; List, Trust and Verify are for whoever maintains that file.
//
// What its errors mean: every error of a Backend is one *backend.Error.
// ErrUnavailable with source plugin says that no process is there to ask, at
// once and without waiting; ErrBroken says that the plugin's answer made no
// sense, or was too large, and that nothing of it may be concluded; ErrTimeout
// that there was no answer in time. A plugin is never believed: what it sends
// is checked object by object, and what is malformed is refused, counted and
// logged while the rest goes on.
package pluginhost
