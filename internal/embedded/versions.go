package embedded

import (
	"context"
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// announcedMax is the newest form of the request that announceHandshake responds to: that of librdkafka. Clients with a
// newer one read what the broker itself announces.
const announcedMax = 3

// announceHandshake makes librdkafka, under kcat and most clients that are not Java or Go, willing to authenticate: it
// does so only where the first version of the handshake is announced, and then uses the second one, which the broker
// has.
func announceHandshake(ctx context.Context, cluster *kfake.Cluster, client *kgo.Client) error {
	known, err := kmsg.NewPtrApiVersionsRequest().RequestWith(ctx, client)
	if err != nil {
		return fmt.Errorf("read the versions of the broker: %w", err)
	}
	keys := slices.Clone(known.ApiKeys)
	for i := range keys {
		if keys[i].ApiKey == kmsg.SASLHandshake.Int16() {
			keys[i].MinVersion = 0
		}
	}
	cluster.ControlKey(kmsg.ApiVersions.Int16(), func(request kmsg.Request) (kmsg.Response, error, bool) {
		if request.GetVersion() > announcedMax {
			return nil, nil, false
		}
		cluster.KeepControl()
		response, ok := request.ResponseKind().(*kmsg.ApiVersionsResponse)
		if ok {
			response.ApiKeys = slices.Clone(keys)
			response.SupportedFeatures, response.FinalizedFeatures = known.SupportedFeatures, known.FinalizedFeatures
			response.FinalizedFeaturesEpoch = known.FinalizedFeaturesEpoch
		}
		return response, nil, ok
	})
	return nil
}
