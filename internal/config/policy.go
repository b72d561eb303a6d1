package config

import (
	"fmt"
	"strings"
	"unicode"

	"tenure/billing"
)

// policyKeys are the keys of the billing policy (docs/billing.md), each a setting.
var policyKeys = []string{
	"timezone", "billingMode", "alignment", "anchorDay", "anchorMonth", "proration", "rounding", "scale", "changeDay",
	"billingCustomerSwitch", "catalogPriceChange", "creditMethod", "ledgers", "currency", "zeroPriceLines",
	"oneOffCredit", "includedUnits", "documentCycle", "periodsMax", "backdateMonths",
}

// policyPrefix begins the flag of each policy key: policy-billing-mode.
const policyPrefix = "policy-"

// policySettings take their defaults from billing.DefaultPolicy: an empty value is the default.
func policySettings() []Setting {
	settings := make([]Setting, len(policyKeys))
	for i, key := range policyKeys {
		settings[i] = Setting{
			Name: policyPrefix + kebab(key), Usage: "policy key " + key, Default: defaultOf(key),
			set: func(c *Config, value string) (err error) {
				c.Policy, err = c.Policy.With(key, value)
				if err != nil {
					return fmt.Errorf("%s", strings.TrimPrefix(err.Error(), "policy "+key+": "))
				}
				return nil
			},
		}
	}
	return settings
}

// kebab writes billingMode as billing-mode.
func kebab(key string) string {
	var b strings.Builder
	for _, r := range key {
		if unicode.IsUpper(r) {
			b.WriteByte('-')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// defaultOf writes a key's default as With reads it.
func defaultOf(key string) string {
	p := billing.DefaultPolicy()
	ledgers := make([]string, len(p.Ledgers))
	for i, l := range p.Ledgers {
		ledgers[i] = string(l)
	}
	return map[string]string{
		"timezone": p.Timezone, "billingMode": p.BillingMode, "alignment": p.Alignment, "proration": p.Proration,
		"rounding": p.Rounding, "scale": fmt.Sprint(p.Scale), "changeDay": p.ChangeDay,
		"billingCustomerSwitch": p.BillingCustomerSwitch, "catalogPriceChange": p.CatalogPriceChange,
		"creditMethod": p.CreditMethod, "ledgers": strings.Join(ledgers, ","), "currency": p.Currency,
		"zeroPriceLines": p.ZeroPriceLines, "oneOffCredit": fmt.Sprint(p.OneOffCredit), "includedUnits": p.IncludedUnits,
		"documentCycle": p.DocumentCycle, "periodsMax": fmt.Sprint(p.PeriodsMax),
		"backdateMonths": fmt.Sprint(p.BackdateMonths),
	}[key]
}

// GivenPolicy is the policy keys that a source names, with their values: not those that are left to the defaults.
func (c Config) GivenPolicy() map[string]string {
	given := map[string]string{}
	for _, key := range policyKeys {
		name := Setting{Name: policyPrefix + kebab(key)}.Env()
		for _, v := range c.Values {
			if v.Name == name && v.Source != sourceDefault {
				given[key] = c.Policy.Values()[key]
			}
		}
	}
	return given
}
