package projections

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

const sqlUpsertDirectory = `
INSERT INTO directory (id, number, customer, reseller, access_level, state, first_name, last_name, full_name,
    email, status,
    call_recording, calls_available, phone_numbers, extension, presence_since, address, organization, api_access,
        shard, position, entry, extensions,
    document, ip_restriction)
SELECT u.id, u.number, u.customer, u.reseller, u.access_level, u.state, NULLIF(u.first_name, ''),
    NULLIF(u.last_name, ''),
    NULLIF(u.full_name, ''), NULLIF(u.email, ''), u.status, NULLIF(u.call_recording, ''), u.calls_available,
    u.phone_numbers::jsonb, u.extension::jsonb, u.presence_since, NULLIF(u.address, ''), NULLIF(u.organization,
        ''), u.api_access, u.shard, u.position, u.entry, u.extensions, u.document, NULLIF(u.ip_restriction, '')
FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
    $9::text[],
            $10::text[], $11::text[], $12::text[], $13::boolean[], $14::text[], $15::text[], $16::timestamptz[],
                $17::text[],
            $18::text[], $19::bytea[], $20::integer[], $21::bigint[], $22::bytea[], $23::bytea[], $24::bytea[],
                $25::text[])
  AS u(id, number, customer, reseller, access_level, state, first_name, last_name, full_name, email, status,
      call_recording,
       calls_available, phone_numbers, extension, presence_since, address, organization, api_access, shard,
           position, entry, extensions,
       document, ip_restriction)
ON CONFLICT (id, shard) DO UPDATE
SET number = excluded.number, customer = excluded.customer, reseller = excluded.reseller,
    access_level = excluded.access_level,
    state = excluded.state, first_name = excluded.first_name, last_name = excluded.last_name,
        full_name = excluded.full_name,
    email = excluded.email, status = excluded.status, call_recording = excluded.call_recording,
    calls_available = excluded.calls_available, phone_numbers = excluded.phone_numbers, extension = excluded.extension,
    presence_since = excluded.presence_since, address = excluded.address, organization = excluded.organization,
        api_access = excluded.api_access,
    position = excluded.position, entry = excluded.entry, extensions = excluded.extensions,
    document = excluded.document, ip_restriction = excluded.ip_restriction`

// sqlUpdateDocuments is for the many events that change the document alone: some half of the time, here and in the
// server, of making and writing all columns.
const sqlUpdateDocuments = `
UPDATE directory AS d SET position = u.position, document = u.document
FROM unnest($2::text[], $3::integer[], $4::bigint[], $5::bytea[]) AS u(id, shard, position, document)
WHERE d.id = u.id AND d.shard = u.shard AND d.shard = ANY($1::integer[])`

// sqlUpdateHoldings is for events of extensions and accounts: it writes the columns that are made of them, beside the
// document.
const sqlUpdateHoldings = `
UPDATE directory AS d SET position = u.position, document = u.document, phone_numbers = u.phone_numbers::jsonb,
    extension = u.extension::jsonb, extensions = u.extensions
FROM unnest($2::text[], $3::integer[], $4::bigint[], $5::bytea[], $6::text[], $7::text[], $8::bytea[])
  AS u(id, shard, position, document, phone_numbers, extension, extensions)
WHERE d.id = u.id AND d.shard = u.shard AND d.shard = ANY($1::integer[])`

// directoryColumns are the rows of a page, column by column.
type directoryColumns struct {
	id, customer, reseller, level, state []string
	first, last, full, email             []string
	status, recording, phones, extension []string
	address, organization, ips           []string
	number, position                     []int64
	shard                                []int32
	available                            []*bool
	since                                []*time.Time
	access, entry, extensions, document  blobs
}

func queueDirectory(b *pgx.Batch, changed []*directoryEmployee) error {
	var c directoryColumns
	var d unsearchedColumns
	var h heldColumns
	var holdings holdingColumns
	var shards []int32 // of those whose holdings change
	for _, e := range changed {
		var err error
		switch e.changes {
		case changesSearched:
			err = c.add(e)
		case changesHoldings:
			err = h.add(e)
		default:
			err = d.add(e)
		}
		if err == nil && len(e.touched) > 0 {
			shards = append(shards, e.Shard)
			err = holdings.add(e)
		}
		if err != nil {
			return err
		}
	}
	d.queue(b)
	h.queue(b)
	c.queue(b)
	holdings.queue(b, shardsIn(shards))
	return nil
}

// unsearchedColumns are the rows of a page of which only the document changes.
type unsearchedColumns struct {
	id       []string
	shard    []int32
	position []int64
	document blobs
}

func (c *unsearchedColumns) add(e *directoryEmployee) error {
	raw, err := e.document()
	c.id, c.shard = append(c.id, e.ID), append(c.shard, e.Shard)
	c.position, c.document = append(c.position, e.Position), append(c.document, raw)
	return err
}

func (c *unsearchedColumns) queue(b *pgx.Batch) {
	if len(c.id) > 0 {
		b.Queue(sqlUpdateDocuments, shardsIn(c.shard), c.id, c.shard, c.position, c.document)
	}
}

// heldColumns are the rows of a page of which the document changes, and what is made of extensions and accounts.
type heldColumns struct {
	unsearchedColumns
	phones, extension []string
	extensions        blobs
}

func (c *heldColumns) add(e *directoryEmployee) error {
	var r directoryRow
	if err := r.encodeHoldings(e); err != nil {
		return fmt.Errorf("projections: row of %s: %w", e.ID, err)
	}
	c.phones, c.extension = append(c.phones, storableJSON(r.phones)), append(c.extension, storableJSON(r.extension))
	c.extensions = append(c.extensions, r.extensions)
	return c.unsearchedColumns.add(e)
}

// encodeHoldings writes the columns that are made of extensions and accounts alone. Most employees have no account, and
// a new one has no extension.
func (r *directoryRow) encodeHoldings(e *directoryEmployee) (err error) {
	r.phones, r.extension, r.extensions = []byte("[]"), []byte("{}"), []byte("[]")
	if len(e.Accounts) > 0 {
		if r.phones, err = json.Marshal(e.phoneNumbers()); err != nil {
			return err
		}
	}
	if len(e.Extensions) == 0 {
		return nil
	}
	if r.extension, err = json.Marshal(callGearExtension{Number: e.Extensions[0].Number}); err != nil {
		return err
	}
	r.extensions, err = json.Marshal(e.published())
	return err
}

func (c *heldColumns) queue(b *pgx.Batch) {
	if len(c.id) > 0 {
		b.Queue(sqlUpdateHoldings, shardsIn(c.shard), c.id, c.shard, c.position, c.document, c.phones, c.extension,
			c.extensions)
	}
}

func (c *directoryColumns) queue(b *pgx.Batch) {
	if len(c.id) == 0 {
		return
	}
	b.Queue(
		sqlUpsertDirectory,
		c.id,
		c.number,
		c.customer,
		c.reseller,
		c.level,
		c.state,
		c.first,
		c.last,
		c.full,
		c.email,
		c.status,
		c.recording,
		c.available,
		c.phones,
		c.extension,
		c.since,
		c.address,
		c.organization,
		c.access,
		c.shard,
		c.position,
		c.entry,
		c.extensions,
		c.document,
		c.ips,
	)
}

func (c *directoryColumns) add(e *directoryEmployee) error {
	r, err := e.row()
	if err != nil {
		return err
	}
	c.id = append(c.id, e.ID)
	c.number = append(c.number, e.Number)
	c.customer = append(c.customer, e.Customer)
	c.reseller = append(c.reseller, e.Reseller)
	c.level = append(c.level, e.AccessLevel)
	c.state = append(c.state, e.State)
	c.first = append(c.first, storable(r.first))
	c.last = append(c.last, storable(r.last))
	c.full = append(c.full, storable(r.full))
	c.email = append(c.email, storable(r.email))
	c.status = append(c.status, r.status)
	c.recording = append(c.recording, r.recording)
	c.available = append(c.available, r.available)
	c.phones = append(c.phones, storableJSON(r.phones))
	c.extension = append(c.extension, storableJSON(r.extension))
	c.since = append(c.since, r.since)
	c.access = append(c.access, r.access)
	c.address = append(c.address, storable(r.address))
	c.organization = append(c.organization, storable(string(r.organization)))
	c.ips = append(c.ips, storable(r.ips))
	c.shard = append(c.shard, e.Shard)
	c.position = append(c.position, e.Position)
	c.entry = append(c.entry, r.entry)
	c.extensions = append(c.extensions, r.extensions)
	c.document = append(c.document, r.document)
	return nil
}
