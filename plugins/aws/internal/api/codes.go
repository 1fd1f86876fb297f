package api

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/retry"

	"github.com/netweave/netweave/sdk"
)

// unauthorized are the codes of credentials that are good and may not do a thing.
var unauthorized = []string{"UnauthorizedOperation", "AccessDenied", "AccessDeniedException", "Client.UnauthorizedOperation"}

var codes = map[sdk.Code][]string{
	sdk.Denied: append([]string{
		"AuthFailure", "Blocked", "ExpiredToken", "ExpiredTokenException", "IncompleteSignature", "InvalidAccessKeyId",
		"InvalidClientTokenId", "InvalidSecurity", "InvalidSignatureException", "InvalidToken", "MissingAuthenticationToken",
		"MissingAuthenticationTokenException", "NotAuthorized", "OptInRequired", "PendingVerification", "RequestExpired",
		"RequestTimeTooSkewed", "SignatureDoesNotMatch", "UnrecognizedClientException",
	}, unauthorized...),
	sdk.Exhausted: {
		"InsufficientAddressCapacity", "InsufficientCapacity", "InsufficientFreeAddressesInSubnet", "InsufficientHostCapacity",
		"InsufficientInstanceCapacity", "InsufficientReservedInstanceCapacity", "InsufficientVolumeCapacity", "LimitExceeded",
	},
	sdk.Conflict: {
		"AlreadyExists", "AlreadyExistsFault", "ConflictException", "DependencyViolation", "IdempotentParameterMismatch", "IncorrectInstanceState",
		"IncorrectState", "OperationNotPermitted", "ResourceContention", "ResourceInUse", "ResourceInUseException", "ScalingActivityInProgress",
	},
	sdk.NotFound:    {"ResourceNotFoundException", "NotFoundException"},
	sdk.Timeout:     {"RequestTimeout", "RequestTimeoutException"},
	sdk.Unsupported: {"InvalidAction", "UnsupportedOperation", "OperationNotSupported"},
	sdk.Unavailable: {"InternalError", "InternalFailure", "InternalServerError", "ServerException", "ServiceUnavailable", "Unavailable"},
	sdk.Invalid:     {"ClientException", "UnknownParameter", "Unsupported"},
}

// notFoundText is how Auto Scaling says it: its code is ValidationError.
var notFoundText = regexp.MustCompile(`(?i)(name|group|instance)\b.*not found`)

// codeOf tells what an answer means: by its own code if that is known.
func codeOf(code, said string, status int) sdk.Code {
	if _, ok := retry.DefaultThrottleErrorCodes[code]; ok {
		return sdk.Throttled
	}
	for kind, listed := range codes {
		if slices.Contains(listed, code) {
			return kind
		}
	}
	switch {
	case strings.HasSuffix(code, "LimitExceeded"), strings.HasSuffix(code, "LimitExceededException"), strings.HasSuffix(code, "QuotaExceeded"):
		return sdk.Exhausted
	case strings.HasSuffix(code, ".NotFound"), strings.HasSuffix(code, ".Malformed"),
		strings.HasPrefix(code, "Validation") && notFoundText.MatchString(said):
		return sdk.NotFound
	case strings.HasPrefix(code, "Validation"), strings.HasPrefix(code, "Invalid"), strings.HasPrefix(code, "Missing"), strings.HasPrefix(code, "Malformed"):
		return sdk.Invalid
	}
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return sdk.Denied
	case http.StatusNotFound:
		return sdk.Unavailable // none of AWS's: something between
	case http.StatusTooManyRequests:
		return sdk.Throttled
	case http.StatusRequestTimeout, http.StatusGatewayTimeout:
		return sdk.Timeout
	}
	if status >= 400 && status < 500 && code != "" {
		return sdk.Invalid
	}
	return sdk.Unavailable
}
