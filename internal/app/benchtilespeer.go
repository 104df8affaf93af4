package app

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/maptile"

	"beatplan/business/crm"
	"beatplan/internal/scope"
	"beatplan/tiles"
)

// peerTile is what a tile server over SQL does: the customers of a tile as a
// tile, all attributes, by PostGIS alone.
const peerTile = `
with t as (select ST_TileEnvelope($1, $2, $3) as box),
f as (
	select c.id, c.name, c.kind, c.level, c.status, c.owner_id, o.color_index,
		ST_AsMVTGeom(ST_Transform(c.position, 3857), t.box, 4096, 0, false) as geom
	from t, crm.customer c left join crm.owner o on o.person_id = c.owner_id
	where c.archived_at is null and c.position && ST_Transform(t.box, 4326))
select coalesce(ST_AsMVT(f, 'customers', 4096, 'geom', 'id'), '') from f
where ST_X(geom) between 0 and 4095 and ST_Y(geom) between 0 and 4095`

// compared holds tiles against PostGIS's, and the clusters' counts against the
// number of customers; every difference counts as a mismatch.
func (b *benchMap) compared(ctx context.Context) error {
	wrong, seen := 0, 0
	for range min(b.times, 1000) {
		peer, ours, err := b.pair(ctx, b.tile(maptile.Zoom(12+b.random.IntN(5))))
		if err != nil {
			return err
		}
		seen += len(peer)
		wrong += differences(ours, peer)
	}
	b.print("tile_compared_features", float64(seen), "features")
	for z := maptile.Zoom(2); z <= 8; z++ {
		n, err := b.counted(ctx, z)
		if err != nil {
			return err
		}
		if n != int64(b.customers) {
			wrong++
		}
	}
	b.print("tile_mismatches", float64(wrong), "features")
	for _, z := range []maptile.Zoom{14, 11} {
		took, err := sample(min(b.times, 60), func() error {
			_, err := b.peer(ctx, b.tile(z))
			return err
		})
		if err != nil {
			return err
		}
		b.print(fmt.Sprintf("peer_st_asmvt_z%d_ms", z), ms3(took[len(took)/2]), "ms")
	}
	return nil
}

func (b *benchMap) pair(ctx context.Context, at maptile.Tile) (peer, ours map[float64]orb.Point, err error) {
	theirs, err := b.peer(ctx, at)
	if err != nil {
		return nil, nil, err
	}
	if peer, err = features(theirs, false); err != nil {
		return nil, nil, err
	}
	t, err := b.layer.Draw(ctx, tiles.Request{Tile: at, Scope: scope.Everything()})
	if err != nil {
		return nil, nil, err
	}
	ours, err = features(t.Data, t.Gzip)
	return peer, ours, err
}

func (b *benchMap) peer(ctx context.Context, at maptile.Tile) (data []byte, err error) {
	return data, b.DB.QueryRow(ctx, peerTile, at.Z, at.X, at.Y).Scan(&data)
}

// counted adds up the clusters of all tiles of a zoom.
func (b *benchMap) counted(ctx context.Context, z maptile.Zoom) (int64, error) {
	var n int64
	all := b.Index.Select(crm.Filter{}, scope.Everything())
	for x := range uint32(1) << z {
		for y := range uint32(1) << z {
			for _, c := range all.Clusters(uint32(z), x, y, crm.ByOwner) {
				n += c.Count
			}
		}
	}
	return n, ctx.Err()
}

// features are those of a tile by id.
func features(data []byte, zipped bool) (map[float64]orb.Point, error) {
	out := map[float64]orb.Point{}
	if len(data) == 0 {
		return out, nil
	}
	read := mvt.Unmarshal
	if zipped {
		read = mvt.UnmarshalGzipped
	}
	layers, err := read(data)
	if err != nil {
		return nil, err
	}
	for _, l := range layers {
		for _, f := range l.Features {
			id, _ := f.ID.(float64)
			out[id], _ = f.Geometry.(orb.Point)
		}
	}
	return out, nil
}

// differences counts the features that stand elsewhere or in one tile only. Those
// on the very edge may lie in the neighbouring tile of the peer, which rounds where
// we cut.
func differences(ours, peer map[float64]orb.Point) int {
	edge := func(p orb.Point) bool {
		return p[0] <= 1 || p[1] <= 1 || p[0] >= tiles.Extent-1 || p[1] >= tiles.Extent-1
	}
	wrong := 0
	for id, p := range peer {
		q, ok := ours[id]
		if !ok && !edge(p) || ok && (math.Abs(p[0]-q[0]) > 1 || math.Abs(p[1]-q[1]) > 1) {
			wrong++
		}
	}
	for id, q := range ours {
		if _, ok := peer[id]; !ok && !edge(q) {
			wrong++
		}
	}
	return wrong
}

// served measures tiles through HTTP over sixteen connections, the load included:
// each tile asked for once, then a screenful again and again.
func (b *benchMap) served(ctx context.Context) error {
	h, err := b.listenForLoad(ctx)
	if err != nil {
		return err
	}
	defer h.close()
	span := 8 * time.Second
	if b.times < 1000 {
		span = 4 * time.Second
	}
	seen := map[maptile.Tile]bool{}
	for _, p := range b.places {
		seen[maptile.At(p, 14)] = true
	}
	var cold, warm []string
	for at := range seen {
		cold = append(cold, fmt.Sprintf("/tiles/customers/14/%d/%d.mvt", at.X, at.Y))
	}
	for range 200 {
		at := b.tile(11)
		warm = append(warm, fmt.Sprintf("/tiles/customers/11/%d/%d.mvt", at.X, at.Y))
	}
	r, err := h.once(ctx, cold)
	if err != nil {
		return err
	}
	b.print("tile_cold_z14_tiles", float64(len(cold)), "tiles")
	b.print("tile_cold_z14_per_s", r.perSecond(), "requests/s")
	if _, err = h.during(ctx, warm, time.Second); err != nil {
		return err
	}
	if r, err = h.during(ctx, warm, span); err != nil {
		return err
	}
	b.print("tile_cached_per_s", r.perSecond(), "requests/s")
	b.print("tile_cached_p99_ms", ms3(r.p99), "ms")
	return b.empty(ctx, h, span)
}

// empty measures answers of the size of a tile by net/http alone, over the same
// connections from the same load: the bound of what is served over HTTP here.
func (b *benchMap) empty(ctx context.Context, h *load, span time.Duration) error {
	const tile = 1500 // bytes
	e, err := h.listenEmpty(ctx, b.App, tile)
	if err != nil {
		return err
	}
	defer e.close()
	path := []string{"/tiles/customers/11/1/1.mvt"}
	if _, err := e.during(ctx, path, time.Second); err != nil {
		return err
	}
	r, err := e.during(ctx, path, span)
	if err != nil {
		return err
	}
	b.print("peer_net_http_per_s", r.perSecond(), "requests/s")
	return nil
}
