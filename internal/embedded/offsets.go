package embedded

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// offsetsInterval is how often the ends of the partitions are noted. Retention removes what is days old, so that the
// end of a partition which it empties was noted long before.
const offsetsInterval = time.Minute

const (
	offsetsFile   = "offsets.json"
	snapshotFile  = "snapshot.json"
	segmentEnding = ".dat"
)

// ends are the offsets that the next messages get, by the folder of a partition.
type ends map[string]int64

// keepOffsets notes the ends of the partitions until stop is closed. The broker reads them from its segments when it
// starts, and would begin again at 0 where retention, or an operator, has removed all of them: a shard that continues
// at its offset would be out of range, and consumers would meet offsets a second time.
func (b *Broker) keepOffsets(dir string, stop <-chan struct{}) {
	ticker := time.NewTicker(offsetsInterval)
	defer ticker.Stop()
	for {
		select {
		case <-stop:
			return
		case <-ticker.C:
			_ = b.noteOffsets(dir) // the next one is a minute away, and Stop says when it cannot be written
		}
	}
}

// noteOffsets writes the ends down.
func (b *Broker) noteOffsets(dir string) error {
	now, err := readEnds(dir)
	if err != nil {
		return err
	}
	folders, err := os.ReadDir(partitionsDir(dir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("note offsets: %w", err)
	}
	for _, folder := range folders {
		topic, partition, ok := partitionOf(folder.Name())
		if !ok {
			continue
		}
		if info := b.cluster.PartitionInfo(topic, partition); info != nil {
			now[folder.Name()] = info.HighWatermark
		}
	}
	raw, err := json.Marshal(now)
	if err != nil {
		return fmt.Errorf("note offsets: %w", err)
	}
	return writePrivate(filepath.Join(dir, offsetsFile), raw)
}

// restoreOffsets has the partitions that hold nothing begin where they ended, before the broker reads them.
func restoreOffsets(dir string) error {
	known, err := readEnds(dir)
	if err != nil {
		return err
	}
	for name, end := range known {
		folder := filepath.Join(partitionsDir(dir), name)
		if empty, err := holdsNothing(folder); err != nil || !empty || end == 0 {
			if err != nil {
				return err
			}
			continue
		}
		if err := beginAt(folder, end); err != nil {
			return fmt.Errorf("restore offsets of %s: %w", name, err)
		}
	}
	return nil
}

// holdsNothing reports whether a partition's folder is there and has no segments.
func holdsNothing(folder string) (bool, error) {
	files, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil // the topic is gone
	}
	if err != nil {
		return false, fmt.Errorf("restore offsets: %w", err)
	}
	for _, f := range files {
		if strings.HasSuffix(f.Name(), segmentEnding) {
			return false, nil
		}
	}
	return true, nil
}

// beginAt writes an empty segment and a snapshot of it, as the broker would have left them.
func beginAt(folder string, end int64) error {
	snapshot := map[string]any{
		"version": 1, "high_watermark": end, "last_stable_offset": end, "log_start_offset": end,
		"created_at": time.Now(), "segments": []map[string]any{{"base_offset": end, "size": 0}},
	}
	raw, err := json.Marshal(snapshot)
	if err != nil {
		return err
	}
	if err := writePrivate(filepath.Join(folder, strconv.FormatInt(end, 10)+segmentEnding), nil); err != nil {
		return err
	}
	return writePrivate(filepath.Join(folder, snapshotFile), raw)
}

func readEnds(dir string) (ends, error) {
	known := ends{}
	raw, err := os.ReadFile(filepath.Join(dir, offsetsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return known, nil
	}
	if err == nil {
		err = json.Unmarshal(raw, &known)
	}
	if err != nil {
		return nil, fmt.Errorf("read noted offsets: %w", err)
	}
	return known, nil
}

func partitionsDir(dir string) string { return filepath.Join(dir, brokerLogDir, "partitions") }

// partitionOf takes the name of a partition's folder apart.
func partitionOf(folder string) (topic string, partition int32, ok bool) {
	at := strings.LastIndexByte(folder, '-')
	if at < 0 {
		return "", 0, false
	}
	number, err := strconv.ParseInt(folder[at+1:], 10, 32)
	if err != nil {
		return "", 0, false
	}
	topic, err = url.PathUnescape(folder[:at])
	return topic, int32(number), err == nil
}
