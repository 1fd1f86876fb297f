package pluginhost

import (
	"bytes"
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

// A refusal says why a file is not run as a plugin. Its text completes the
// sentence "plugin NAME is ...".
type refusal struct{ reason string }

func (r *refusal) Error() string { return r.reason }

func refuse(format string, args ...any) error { return &refusal{fmt.Sprintf(format, args...)} }

// executable is a file of the plugin directory that passed every check but trust.
type executable struct {
	file *os.File
	path string
}

// openExecutable opens the plugin name of dir and checks everything about it
// that needs no lock file. The caller closes the file, and reads its content
// from there alone: a path can be replaced between two looks, an open file not.
func openExecutable(dir, name string) (executable, error) {
	if err := checkDir(dir); err != nil {
		return executable{}, err
	}
	if err := checkName("plugin name", name); err != nil {
		return executable{}, refuse("refused: %v", err)
	}
	path, err := resolveInside(dir, name)
	if err != nil {
		return executable{}, err
	}
	// Without O_NONBLOCK a named pipe would hold us up for ever.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return executable{}, refuse("not readable: %v", bare(err))
	}
	if err := checkFile(f); err != nil {
		return executable{}, errors.Join(err, f.Close())
	}
	return executable{file: f, path: path}, nil
}

func checkDir(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return refuse("not found: the plugin directory %s: %v", dir, bare(err))
	}
	if !info.IsDir() {
		return refuse("not found: %s is not a directory", dir)
	}
	if reason := looseness(info); reason != "" {
		return refuse("refused: the plugin directory %s %s", dir, reason)
	}
	return nil
}

// resolveInside follows symbolic links as long as they stay in dir.
func resolveInside(dir, name string) (string, error) {
	root, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return "", refuse("not found: the plugin directory %s: %v", dir, bare(err))
	}
	path, err := filepath.EvalSymlinks(filepath.Join(root, name))
	if errors.Is(err, fs.ErrNotExist) {
		return "", refuse("not found in %s: build or install it there", dir)
	}
	if err != nil {
		return "", refuse("not readable: %v", bare(err))
	}
	if filepath.Dir(path) != root {
		return "", refuse("refused: it is a symbolic link out of the plugin directory")
	}
	return path, nil
}

func checkFile(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return refuse("not readable: %v", bare(err))
	}
	switch {
	case info.IsDir():
		return refuse("refused: it is a directory")
	case !info.Mode().IsRegular():
		return refuse("refused: it is not a regular file")
	case info.Mode().Perm()&0o111 == 0:
		return refuse("refused: it is not executable: chmod +x")
	case info.Mode()&(fs.ModeSetuid|fs.ModeSetgid) != 0:
		return refuse("refused: it is set-user-id or set-group-id")
	}
	if reason := looseness(info); reason != "" {
		return refuse("refused: it %s", reason)
	}
	return checkMachine(f)
}

// checkMachine refuses what is no program of this machine: scripts above all,
// whose interpreter no checksum covers.
func checkMachine(f *os.File) error {
	magic := make([]byte, len(elf.ELFMAG))
	if _, err := f.ReadAt(magic, 0); err != nil && !errors.Is(err, io.EOF) {
		return refuse("not readable: %v", bare(err))
	}
	if string(magic) != elf.ELFMAG {
		if bytes.HasPrefix(magic, []byte("#!")) {
			return refuse("refused: it is a script; a plugin is a program, so that its checksum covers what runs")
		}
		return refuse("refused: it is no ELF program")
	}
	head, err := elf.NewFile(f)
	if err != nil {
		return refuse("refused: it is no ELF program: %v", err)
	}
	if want, known := machines[runtime.GOARCH]; known && head.Machine != want {
		return refuse("refused: it is built for %s, this machine is %s",
			strings.TrimPrefix(head.Machine.String(), "EM_"), strings.TrimPrefix(want.String(), "EM_"))
	}
	if head.Type != elf.ET_EXEC && head.Type != elf.ET_DYN {
		return refuse("refused: it is an ELF file but no program")
	}
	return nil
}

var machines = map[string]elf.Machine{
	"386": elf.EM_386, "amd64": elf.EM_X86_64, "arm": elf.EM_ARM, "arm64": elf.EM_AARCH64,
	"ppc64le": elf.EM_PPC64, "riscv64": elf.EM_RISCV, "s390x": elf.EM_S390,
}

// looseness says who else could change a file or directory, "" if nobody can.
func looseness(info fs.FileInfo) string {
	switch perm := info.Mode().Perm(); {
	case perm&0o002 != 0:
		return "is writable by everyone: chmod go-w"
	case perm&0o020 != 0:
		return "is writable by its group: chmod g-w"
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok && st.Uid != 0 && int(st.Uid) != os.Geteuid() {
		return fmt.Sprintf("belongs to user %d, neither root nor the gateway's own", st.Uid)
	}
	return ""
}

// sum returns the SHA-256 of the whole file, in hexadecimal.
func (e executable) sum() (string, error) {
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(e.file, 0, 1<<62)); err != nil {
		return "", refuse("not readable: %v", bare(err))
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// bare strips operation and path from err where the sentence names them already.
func bare(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
