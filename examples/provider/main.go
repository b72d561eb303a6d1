package main

import (
	"context"
	"encoding/json"
	"log"
	"os"
	"time"

	"github.com/IBM/sarama"
	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill-kafka/v3/pkg/kafka"
	"github.com/ThreeDotsLabs/watermill/message"
)

var confirms = map[string]string{
	"employee.extension_deletion_requested.v1": "employee.confirm_extension_deleted.v1",
	"employee.mvno_deletion_requested.v1":      "employee.confirm_mvno_account_deleted.v1",
}

func main() {
	brokers, logger := []string{os.Getenv("KAFKA_BROKER")}, watermill.NewSlogLogger(nil)
	settings, sending := kafka.DefaultSaramaSubscriberConfig(), kafka.DefaultSaramaSyncPublisherConfig()
	for _, s := range []*sarama.Config{settings, sending} {
		s.Net.SASL.User, s.Net.SASL.Password = os.Getenv("KAFKA_USER"), os.Getenv("KAFKA_PASSWORD")
		s.Net.SASL.Enable = s.Net.SASL.User != ""
	}
	settings.Consumer.Offsets.Initial = -2 // the oldest: what was asked before the first start is answered too
	in, err := kafka.NewSubscriber(kafka.SubscriberConfig{
		Brokers: brokers, ConsumerGroup: "provider", Unmarshaler: kafka.DefaultMarshaler{}, OverwriteSaramaConfig: settings},
		logger)
	check(err)
	key := func(_ string, m *message.Message) (string, error) { return m.Metadata["ce_subject"], nil }
	out, err := kafka.NewPublisher(kafka.PublisherConfig{Brokers: brokers, OverwriteSaramaConfig: sending,
		Marshaler: kafka.NewWithPartitioningMarshaler(key)}, logger)
	check(err)
	router := message.NewDefaultRouter(logger)
	router.AddHandler("deletions", "employee.events", in, "employee.commands", out, confirm)
	check(router.Run(context.Background()))
}

func confirm(asked *message.Message) ([]*message.Message, error) {
	var what struct {
		ID string `json:"_id"`
	}
	command, ok := confirms[asked.Metadata["ce_type"]]
	if err := json.Unmarshal(asked.Payload, &what); !ok || err != nil {
		return nil, nil // not for us; here the real one deletes what.ID and returns an error to be asked again at once
	}
	id := "provider/" + asked.Metadata["ce_id"] // the same for the same request, so that answering twice is harmless
	data, err := json.Marshal(map[string]any{"actor": map[string]string{"accessLevel": "ADMIN"}, "data": what})
	answer := message.NewMessage(id, data)
	answer.Metadata = message.Metadata{"ce_specversion": "1.0", "ce_id": id, "ce_type": command, "ce_source": "provider",
		"ce_subject": asked.Metadata["ce_subject"], "ce_time": time.Now().UTC().Format(time.RFC3339Nano)}
	return []*message.Message{answer}, err
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
