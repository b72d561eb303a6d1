package domain

import (
	"errors"
	"strings"
)

// Rejection is a command's refusal in the published form: status, code and message, with the property where there is
// one.
type Rejection struct {
	Status  int          `json:"status"`
	Code    string       `json:"code"`
	Message string       `json:"message"`
	Path    string       `json:"path,omitempty"`  // dotted property
	Check   string       `json:"check,omitempty"` // which validation failed
	Inner   []*Rejection `json:"inner,omitempty"` // only under code "multiple"
}

// Error gives the code and the message, and those inside.
func (r *Rejection) Error() string {
	if len(r.Inner) == 0 {
		return r.Code + ": " + r.Message
	}
	each := make([]string, len(r.Inner))
	for i, inner := range r.Inner {
		each[i] = inner.Error()
	}
	return r.Code + ": " + strings.Join(each, "; ")
}

// The statuses of refusals, as HTTP numbers them; the published errors do, on Kafka too.
const (
	statusBadRequest    = 400
	statusUnauthorized  = 401
	statusForbidden     = 403
	statusNotFound      = 404
	statusConflict      = 409
	statusUnprocessable = 422
)

// AsRejection finds the Rejection in an error; another error than that is a fault of ours.
func AsRejection(err error) (*Rejection, bool) {
	var r *Rejection
	return r, errors.As(err, &r)
}

func reject(status int, code, message string) *Rejection {
	return &Rejection{Status: status, Code: code, Message: shortened(message, messageBytesMax)}
}

// invalid refuses a property: 422 with the property's path as the code.
func invalid(path, message string) *Rejection {
	path = quoteOf(path)
	return &Rejection{Status: statusUnprocessable, Code: path, Message: shortened(message, messageBytesMax), Path: path}
}

// join gives nil, the single rejection, or "multiple" with all of them inside.
func join(all []*Rejection) error {
	switch len(all) {
	case 0:
		return nil
	case 1:
		return all[0]
	}
	return &Rejection{Status: statusUnprocessable, Code: "multiple", Message: "Multiple errors", Inner: all}
}

// The published errors that more than one command gives.
var (
	errEmployeeNotFound = reject(statusNotFound, "employee", "Employee not found")
	errEmployeeExists   = reject(statusConflict, "employee", "Employee already exists")
	errDeleting         = reject(statusConflict, "state", "Employee is being deleted")
	errProductNotFound  = reject(statusNotFound, "product", "Product could not be found")
	errAddonProduct     = reject(statusNotFound, "addonProducts.product", "Product(s) given could not be found")
	errAddonNotFound    = reject(statusNotFound, "addonProducts", "Addon product not found")
	errResellerNotFound = reject(statusNotFound, "reseller", "Reseller not found")
	errCustomerNotFound = reject(statusNotFound, "customer", "Customer not found")
	errNotOnStream      = reject(statusUnprocessable, "subject", "The command does not apply to this kind of subject")
)
