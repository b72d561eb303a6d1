package bus

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/IBM/sarama"
	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill-kafka/v3/pkg/kafka"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/message/router/middleware"
)

// routerCloseTime bounds how long a router waits for its handler, which only puts
// a message into a channel.
const routerCloseTime = 5 * time.Second

// listener hands the messages of one topic, from the newest on and one at a time
// per partition, to a handler on watermill's router. It has no group and keeps no
// offset: for those who only want to hear what is said from now on.
type listener struct {
	cfg   Config
	topic string
	// wanted reports whether a message is worth the router's while. It runs for
	// each message of the topic, so it looks and does not parse.
	wanted func(*sarama.ConsumerMessage) bool
	handle func(Message)
}

// listen is one life of a router; it calls ready once nothing will be missed, and
// returns why it ended.
func (l *listener) listen(ctx context.Context, ready func()) error {
	conf, err := l.cfg.sarama()
	if err != nil {
		return err
	}
	conf.Consumer.Offsets.Initial = sarama.OffsetNewest
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	log := l.cfg.logger().With(slog.String("topic", l.topic))
	subscriber, err := kafka.NewSubscriber(kafka.SubscriberConfig{
		Brokers: l.cfg.Brokers, OverwriteSaramaConfig: conf, Unmarshaler: recordCodec{prefix: l.cfg.TopicPrefix},
		Tracer: listenHook{listener: l, log: log, ended: cancel},
	}, routerLog{log: log, ended: cancel})
	if err != nil {
		return fmt.Errorf("bus: listen to %s: %w", l.topic, err)
	}
	router, err := message.NewRouter(message.RouterConfig{CloseTimeout: routerCloseTime},
		routerLog{log: log, ended: cancel})
	if err != nil {
		return fmt.Errorf("bus: listen to %s: %w", l.topic, err)
	}
	router.AddMiddleware(neverNack(log), middleware.CorrelationID, middleware.Recoverer)
	router.AddConsumerHandler("listen", l.cfg.TopicPrefix+l.topic, subscriber, func(m *message.Message) error {
		l.handle(fromWatermill(m))
		return nil
	})
	go func() {
		select {
		case <-router.Running():
			ready()
		case <-ctx.Done():
		}
	}()
	if err := router.Run(ctx); err != nil {
		return fmt.Errorf("bus: listen to %s: %w", l.topic, err)
	}
	return context.Cause(ctx)
}

// neverNack drops a message whose handler failed: watermill would send it to the
// same handler ten times a second indefinitely, and nothing behind it would come.
func neverNack(log *slog.Logger) message.HandlerMiddleware {
	return func(h message.HandlerFunc) message.HandlerFunc {
		return func(m *message.Message) ([]*message.Message, error) {
			produced, err := h(m)
			if err != nil {
				log.Error("bus: handler failed, message dropped", "error", err)
			}
			return produced, nil
		}
	}
}

// recordCodec carries a record through watermill. It takes any bytes: an error
// here would end the partition's loop in silence.
type recordCodec struct{ prefix string }

func (c recordCodec) Unmarshal(m *sarama.ConsumerMessage) (*message.Message, error) {
	out := message.NewMessage(watermill.NewShortUUID(), m.Value)
	for _, h := range m.Headers {
		out.Metadata.Set(string(h.Key), string(h.Value))
	}
	middleware.SetCorrelationID(out.Metadata.Get("ce_commandid"), out)
	out.Metadata.Set(topicMetadata, strings.TrimPrefix(m.Topic, c.prefix))
	return out, nil
}

// topicMetadata and the correlation id are the metadata that are not headers.
const topicMetadata = "tenure_topic"

func fromWatermill(m *message.Message) Message {
	out := Message{Topic: m.Metadata.Get(topicMetadata), Value: m.Payload}
	out.Key, _ = kafka.MessageKeyFromCtx(m.Context())
	out.Partition, _ = kafka.MessagePartitionFromCtx(m.Context())
	out.Offset, _ = kafka.MessagePartitionOffsetFromCtx(m.Context())
	out.Time, _ = kafka.MessageTimestampFromCtx(m.Context())
	for key, value := range m.Metadata {
		if key != topicMetadata && key != middleware.CorrelationIDMetadataKey {
			out.Headers = append(out.Headers, Header{Key: key, Value: []byte(value)})
		}
	}
	return out
}

// listenHook mends what watermill leaves open without a group: it does not read a
// partition's errors, which blocks the partition when their channel is full, and
// it goes on with the other partitions when one has ended.
type listenHook struct {
	listener *listener
	log      *slog.Logger
	ended    context.CancelCauseFunc
}

func (h listenHook) WrapPartitionConsumer(c sarama.PartitionConsumer) sarama.PartitionConsumer {
	p := &heard{PartitionConsumer: c, out: make(chan *sarama.ConsumerMessage), closed: make(chan struct{})}
	go func() {
		for err := range c.Errors() {
			h.log.Warn("bus: listening", "partition", err.Partition, "error", err.Err, "wait", fetchPause)
		}
	}()
	go func() {
		defer close(p.out)
		p.sift(h.listener.wanted)
		select {
		case <-p.closed:
		default:
			h.ended(errSourceEnded)
		}
	}()
	return p
}

// heard is a partition of which only the wanted messages come through.
type heard struct {
	sarama.PartitionConsumer
	out    chan *sarama.ConsumerMessage
	closed chan struct{}
	once   sync.Once
}

func (p *heard) sift(wanted func(*sarama.ConsumerMessage) bool) {
	for m := range p.PartitionConsumer.Messages() {
		if !wanted(m) {
			continue
		}
		select {
		case p.out <- m:
		case <-p.closed: // the rest is drained by the loop
		}
	}
}

// Messages returns the wanted ones.
func (p *heard) Messages() <-chan *sarama.ConsumerMessage { return p.out }

// Close ends the partition.
func (p *heard) Close() error {
	p.once.Do(func() { close(p.closed) })
	return p.PartitionConsumer.Close()
}

// WrapConsumerGroupHandler changes nothing: there is no group.
func (listenHook) WrapConsumerGroupHandler(h sarama.ConsumerGroupHandler) sarama.ConsumerGroupHandler {
	return h
}

// WrapConsumer changes nothing.
func (listenHook) WrapConsumer(c sarama.Consumer) sarama.Consumer { return c }

// WrapSyncProducer changes nothing.
func (listenHook) WrapSyncProducer(_ *sarama.Config, p sarama.SyncProducer) sarama.SyncProducer {
	return p
}

// routerLog is watermill's logger, and the only place where its subscriber says
// that listening failed: its own loop then begins again at once, as fast as the
// processor allows. We end the subscription instead, and listen again after a pause.
type routerLog struct {
	log   *slog.Logger
	ended context.CancelCauseFunc
}

func (l routerLog) Error(msg string, err error, _ watermill.LogFields) {
	switch msg {
	case "Group consume error", "Cannot reconnect messages consumer":
		l.ended(err)
		return
	}
	l.log.Warn("bus: router", "event", msg, "error", err)
}

func (l routerLog) Info(msg string, _ watermill.LogFields) {
	if msg == "Received unknown Sarama error" {
		l.ended(sarama.ErrUnknown)
	}
	l.log.Debug("bus: router", "event", msg)
}

func (routerLog) Debug(string, watermill.LogFields)                  {}
func (routerLog) Trace(string, watermill.LogFields)                  {}
func (l routerLog) With(watermill.LogFields) watermill.LoggerAdapter { return l }
