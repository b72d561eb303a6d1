package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/IBM/sarama"
)

// The exit codes.
const (
	whole    = 0
	failed   = 1
	notWhole = 5  // what was read is not what the run announced
	tryAgain = 75 // the run is not completed, or not on the topic any more
)

// suffixes tell the topics of the ledgers apart.
var suffixes = map[string]string{"CUSTOMER": "", "RESELLER": ".wholesale", "COST": ".cost"}

func main() {
	brokers := flag.String("brokers", os.Getenv("KAFKA_BROKER"), "host:port of the brokers, separated by commas")
	run := flag.String("run", "", "the run, such as nightly/2026-11-01")
	ledger := flag.String("ledger", "CUSTOMER", "CUSTOMER, RESELLER or COST")
	user := flag.String("user", os.Getenv("KAFKA_USER"), "who reads, where the brokers ask; KAFKA_PASSWORD is the "+
		"password")
	flag.Parse()
	at := broker{strings.Split(*brokers, ","), *user, os.Getenv("KAFKA_PASSWORD")}
	os.Exit(consume(os.Stdout, at, *run, *ledger))
}

// broker is where to read, and as whom; no user where nobody asks.
type broker struct {
	addresses      []string
	user, password string
}

// consume reads and proves one run of a ledger, and gives the exit code.
func consume(out io.Writer, at broker, run, ledger string) int {
	suffix, known := suffixes[ledger]
	if !known || run == "" {
		_, _ = fmt.Fprintln(out, "give -run and -ledger CUSTOMER, RESELLER or COST")
		return failed
	}
	settings := sarama.NewConfig()
	settings.Consumer.IsolationLevel = sarama.ReadCommitted
	if at.user != "" {
		settings.Net.SASL.Enable, settings.Net.SASL.User, settings.Net.SASL.Password = true, at.user, at.password
	}
	client, err := sarama.NewClient(at.addresses, settings)
	if err != nil {
		_, _ = fmt.Fprintln(out, err)
		return failed
	}
	defer func() { _ = client.Close() }()
	b := newBook(run)
	for _, topic := range []string{"billing.runs" + suffix, "billing.lines" + suffix} {
		if err := readTopic(client, topic, b.take); err != nil {
			_, _ = fmt.Fprintln(out, err)
			return failed
		}
	}
	return b.report(out)
}

// patience is how long a partition that should hold more may be silent.
const patience = 10 * time.Second

// readTopic gives each message of a topic to take, from the oldest to the end as it is now.
func readTopic(client sarama.Client, topic string, take func(headers map[string]string, value []byte) error) error {
	partitions, err := client.Partitions(topic)
	if err != nil {
		return fmt.Errorf("%s: %w", topic, err)
	}
	consumer, err := sarama.NewConsumerFromClient(client)
	if err != nil {
		return err
	}
	defer func() { _ = consumer.Close() }()
	for _, p := range partitions {
		if err := readPartition(client, consumer, topic, p, take); err != nil {
			return fmt.Errorf("%s/%d: %w", topic, p, err)
		}
	}
	return nil
}

func readPartition(
	client sarama.Client, consumer sarama.Consumer, topic string, partition int32,
	take func(map[string]string, []byte) error,
) error {
	oldest, errOldest := client.GetOffset(topic, partition, sarama.OffsetOldest)
	end, errEnd := client.GetOffset(topic, partition, sarama.OffsetNewest)
	if err := errors.Join(errOldest, errEnd); err != nil || oldest >= end {
		return err
	}
	from, err := consumer.ConsumePartition(topic, partition, oldest)
	if err != nil {
		return err
	}
	defer func() { _ = from.Close() }()
	for {
		select {
		case m := <-from.Messages():
			headers := map[string]string{}
			for _, h := range m.Headers {
				headers[string(h.Key)] = string(h.Value)
			}
			if err := take(headers, m.Value); err != nil {
				return fmt.Errorf("offset %d: %w", m.Offset, err)
			}
			if m.Offset+1 >= end {
				return nil
			}
		case <-time.After(patience):
			return errors.New("the broker does not send what it has")
		}
	}
}
