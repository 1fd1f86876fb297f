package config

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/netweave/netweave/core/o2"
)

// OCloud is what the O-Cloud is called, and where it is.
type OCloud struct {
	// ID is the oCloudId, a UUID or any other text; GlobalID a UUID, "" for the same
	// as ID.
	ID, GlobalID      string
	Name, Description string
	// ServiceURI is scheme://host:port, "" for the request's own.
	ServiceURI string
	Extensions o2.JSON
	Locations  []o2.Location
	Sites      []Site
}

// Site is an O-Cloud site.
type Site struct {
	// ID is as it is written; UUID is how the APIs show it.
	ID                string
	UUID              o2.ID
	GlobalLocationID  string
	Name, Description string
	Extensions        o2.JSON
	// Pools are ids, in lower case, and names of resource pools.
	Pools []string
}

// Identity returns the oCloudId and the globalCloudId as UUIDs.
func (o OCloud) Identity() (id, global o2.ID) {
	id = o2.OCloudID(o.ID)
	if global, ok := o2.ParseID(o.GlobalID); ok {
		return id, global
	}
	return id, id
}

// oCloudSettings are the scalars of oCloud.
var oCloudSettings = []setting{
	textSetting("oCloud.id", "netweave",
		"The O-Cloud's id; one that is not a UUID is shown as one derived from it.",
		func(c *Config) *string { return &c.OCloud.ID }, checkName),
	textSetting("oCloud.globalId", "",
		"The O-Cloud's global id, a UUID; empty is the same as id.",
		func(c *Config) *string { return &c.OCloud.GlobalID }, checkUUID),
	textSetting("oCloud.name", "netweave",
		"The O-Cloud's name.",
		func(c *Config) *string { return &c.OCloud.Name }, checkName),
	textSetting("oCloud.description", "",
		"What it is, for people.",
		func(c *Config) *string { return &c.OCloud.Description }, checkDescription),
	textSetting("oCloud.serviceUri", "",
		"Where its services are, scheme://host:port; empty is where the request was sent to.",
		func(c *Config) *string { return &c.OCloud.ServiceURI }, checkServiceURI),
}

const (
	maxNameBytes        = 255
	maxDescriptionBytes = 4096
)

// checkName takes what can stand in one line, and in a list of names.
func checkName(text string) error {
	if err := checkDescription(text); err != nil {
		return err
	}
	if text == "" || text != strings.TrimSpace(text) || len(text) > maxNameBytes {
		return fmt.Errorf("must be 1 to %d bytes, with no space at either end", maxNameBytes)
	}
	return nil
}

func checkDescription(text string) error {
	if len(text) > maxDescriptionBytes {
		return fmt.Errorf("must not be longer than %d bytes", maxDescriptionBytes)
	}
	if strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c == 0x7f }) {
		return fmt.Errorf("must be one line, without control characters")
	}
	return nil
}

func checkUUID(text string) error {
	if _, ok := o2.ParseID(text); text != "" && !ok {
		return fmt.Errorf(`must be a UUID, for example "18f2dc90-b375-47dd-b8dc-ae80072e6cdb"`)
	}
	return nil
}

func checkServiceURI(text string) error {
	if text == "" {
		return nil
	}
	u, err := url.Parse(text)
	if err == nil {
		if port, bad := strconv.Atoi(u.Port()); bad == nil && port > 0 && port <= 65535 &&
			(u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && text == u.Scheme+"://"+u.Host {
			return nil
		}
	}
	return fmt.Errorf(`must be scheme://host:port and nothing behind it, for example "https://o2ims.example.org:443"`)
}
