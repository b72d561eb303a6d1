package domain

// properties are the published ones that no field of a command has, in the published order. What says something about a
// person is personal, so that it can be sealed for each. What serves a PBX only (presence, automatic presence,
// voicemail, recording) is checked and kept also while its customer has none: it holds from the day on which there is
// one. ms365 is published as null without a PBX, and is not taken.
var properties = []property{
	{name: "name", sensitivity: personalData, check: checkName},
	{name: "title", sensitivity: personalData, check: text(nameMax)},
	{name: "department", sensitivity: personalData, check: text(nameMax)},
	{name: "address", check: checkAddress},
	{name: "language", check: oneOf("da", "en")},
	{name: "primaryContact", check: flag},
	{name: "emailAddress", sensitivity: personalData, check: checkLoginName},
	{name: "noEmail", check: flag},
	{name: hashedName, sensitivity: secretData, check: checkPasswordHash, partly: true},
	{name: "smsValidation", check: flag},
	{name: "smsNumber", sensitivity: personalData, check: checkPhoneNumber},
	{name: "authenticatorValidation", check: flag},
	{name: "ipRestriction", sensitivity: personalData, check: checkIPRestriction},
	{name: "organizationResellers", check: checkOrganizationResellers},
	{name: "notifyOnGeneralUsageLimit", check: flag},
	{name: "notifyOnGeneralUsageLimitReseller", check: flag},
	{name: "notifyOnAccountErrorByEmail", check: flag},
	{name: "notifyOnAccountErrorBySms", check: flag},
	{name: "notifyOnNewMvnoAccountReseller", check: flag},
	{name: "notifyOnNewSipAccountReseller", check: flag},
	{name: "notifyOnNewPortingReseller", check: flag},
	{name: "subscriptions", check: checkSubscriptions},
	{name: "voicemail", check: checkVoicemail, merged: keepMerged},
	{name: "recording", check: checkRecording, merged: checkRetention},
	{name: "notes", sensitivity: personalData, check: text(notesMax)},
	{name: "birthdate", sensitivity: personalData, check: checkBirthdate},
	{name: "picture", sensitivity: personalData, check: checkID},
	{name: sealedName, sensitivity: secretData, check: protected(sealedForm, errPinCode)},
	{name: "custom", sensitivity: personalData, check: checkCustom},
	{name: "viewOtherPartyOverride", check: oneOf("NONE", "HIDE", "HIDE_PERSONAL_PHONEBOOK", "HIDE_OFF_WORK",
		"HIDE_PERSONAL_PHONEBOOK_AND_OFF_WORK")},
	{name: featuresName, check: checkFeatures, partly: true},
	{name: "apiAccessFilter", check: checkAPIFilters},
	{name: "m2mOnly", check: flag},
	{name: "webauthnOnly", check: flag},
	{name: "shortcuts", sensitivity: personalData, check: listOf(shortcutsMax, checkShortcut)},
	{name: "ms365", sensitivity: personalData, check: checkMs365, pbx: true, merged: keepMerged},
}

// featuresName is the list of which a caller may not give, nor take away, everything.
const featuresName = "features"

// mergedProperties are those with their own parts, which the state keeps.
var mergedProperties = set("voicemail", "recording", "ms365")
