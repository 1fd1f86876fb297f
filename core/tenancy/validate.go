package tenancy

import (
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/tenancy"
)

// What a caller may say, in bytes.
const (
	maxName         = 128
	maxText         = 255
	maxEmail        = 254
	maxDescription  = 1024
	maxSettings     = 100
	maxSettingName  = 128
	maxSettingValue = 4096
)

// checkText returns nil for text of one line.
func checkText(attribute, text string, most int) error {
	switch {
	case len(text) > most:
		return invalid(attribute, "has %d bytes: at most %d are allowed", len(text), most)
	case !printable(text):
		return invalid(attribute, "has characters that cannot be printed")
	}
	return nil
}

// printable reports whether s is text without control characters.
func printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}

// checkEmail returns nil for an address alone, and for none.
func checkEmail(attribute, text string) error {
	if text == "" {
		return nil
	}
	if err := checkText(attribute, text, maxEmail); err != nil {
		return err
	}
	if address, err := mail.ParseAddress(text); err != nil || address.Address != text {
		return invalid(attribute, "is no e-mail address: want one such as noc@example.com")
	}
	return nil
}

func checkSettings(settings map[string]string) error {
	if n := len(settings); n > maxSettings {
		return invalid("settings", "has %d members: at most %d are allowed", n, maxSettings)
	}
	for name, value := range settings {
		switch {
		case name == "" || len(name) > maxSettingName || !printable(name):
			return invalid("settings", "has a member whose name is not from 1 to %d bytes of printable text", maxSettingName)
		case len(value) > maxSettingValue || !utf8.ValidString(value):
			return invalid("settings."+name, "is no text of at most %d bytes", maxSettingValue)
		}
	}
	return nil
}

// checkQuotas returns nil for what quotas can be, and for none.
func checkQuotas(prefix string, q *o2.Quotas) error {
	if q == nil {
		return nil
	}
	for i, amount := range o2.Amounts(*q).Each() {
		if amount < 0 && amount != o2.Unlimited || amount > 1<<62 {
			return invalid(prefix+o2.QuotaNames[i], "is out of range: want 0 or more, or %d for no limit", o2.Unlimited)
		}
	}
	return nil
}

// checkTenant checks what a caller says of a tenant.
func checkTenant(spec *tenancy.TenantSpec) error {
	for _, c := range []struct {
		attribute, text string
		most            int
	}{
		{"name", spec.Name, maxName},
		{"displayName", spec.DisplayName, maxText},
		{"organization", spec.Organization, maxText},
	} {
		if err := checkText(c.attribute, c.text, c.most); err != nil {
			return err
		}
	}
	if err := checkEmail("contactEmail", spec.ContactEmail); err != nil {
		return err
	}
	if err := checkSettings(spec.Settings); err != nil {
		return err
	}
	return checkQuotas("quotas.", spec.Quotas)
}

// checkUser checks what a caller says of a user.
func checkUser(spec *tenancy.UserSpec) error {
	if err := checkText("displayName", spec.DisplayName, maxText); err != nil {
		return err
	}
	return checkEmail("email", spec.Email)
}
