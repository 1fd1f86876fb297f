package o2ims

import "encoding/json"

// The bodies of requests, which are those of every version's document.
type (
	poolCreate struct {
		Name, Description, Location string
		OCloudID                    string `json:"oCloudId"`
		GlobalLocationID            string `json:"globalLocationId"`
		Extensions                  json.RawMessage
	}
	poolUpdate struct {
		poolCreate
		ResourcePoolID string `json:"resourcePoolId"`
	}
	resourceCreate struct {
		ResourcePoolID    string `json:"resourcePoolId"`
		ResourceTypeID    string `json:"resourceTypeId"`
		ParentID          string `json:"parentId"`
		GlobalAssetID     string `json:"globalAssetId"`
		Name, Description string
		Tags              []string
		Extensions        json.RawMessage
	}
	subscriptionCreate struct {
		Callback               string
		ConsumerSubscriptionID string `json:"consumerSubscriptionId"`
		// Filter is a text or an object.
		Filter       json.RawMessage
		Secret       *string
		InitialState bool
	}
	subscriptionUpdate struct {
		subscriptionCreate
		SubscriptionID string `json:"subscriptionId"`
	}
)
