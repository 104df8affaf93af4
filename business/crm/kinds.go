package crm

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"beatplan/internal/scope"
)

const (
	sqlKinds     = `select c.kind as path, count(*) as own` + sqlWhere + ` group by c.kind`
	sqlPoolKinds = `select c.kind as path, count(*) as own` + sqlWhere + `
	and c.owner_id is null group by c.kind`
)

// KindNode is one kind of customer in the tree of kinds.
type KindNode struct {
	Path  string `db:"path"` // "shop/bakery"
	Own   int64  `db:"own"`  // customers of this very kind
	Total int64  `db:"-"`    // with those of every kind below: what Filter.Kinds selects
}

// Kinds is the tree of kinds under the filter, every node before those below it.
// Kinds that only hold others are nodes, too.
func (s *Service) Kinds(ctx context.Context, sc scope.Scope, f Filter) ([]KindNode, error) {
	return s.kinds(ctx, sqlKinds, sc, f)
}

// PoolKinds is the tree of kinds of the pool.
func (s *Service) PoolKinds(ctx context.Context, f Filter) ([]KindNode, error) {
	return s.kinds(ctx, sqlPoolKinds, scope.Everything(), f)
}

func (s *Service) kinds(
	ctx context.Context, sql string, sc scope.Scope, f Filter,
) ([]KindNode, error) {
	rows, err := s.filtered(ctx, sql, sc, f)
	if err != nil {
		return nil, fmt.Errorf("count kinds: %w", err)
	}
	leaves, err := pgx.CollectRows(rows, pgx.RowToStructByName[KindNode])
	return kindTree(leaves), err
}

// kindTree adds every count to all nodes above it.
func kindTree(leaves []KindNode) []KindNode {
	nodes := map[string]*KindNode{}
	at := func(path string) *KindNode {
		if nodes[path] == nil {
			nodes[path] = &KindNode{Path: path}
		}
		return nodes[path]
	}
	for _, leaf := range leaves {
		at(leaf.Path).Own += leaf.Own
		for path := leaf.Path; path != ""; {
			at(path).Total += leaf.Own
			up := strings.LastIndexByte(path, '/')
			path = path[:max(up, 0)]
		}
	}
	out := make([]KindNode, 0, len(nodes))
	for _, n := range nodes {
		out = append(out, *n)
	}
	// "/" before every other sign, so that shop/bakery comes before shop_more.
	slices.SortFunc(out, func(a, b KindNode) int {
		return slices.Compare(strings.Split(a.Path, "/"), strings.Split(b.Path, "/"))
	})
	return out
}
