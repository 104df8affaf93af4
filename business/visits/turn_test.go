package visits

import (
	"context"
	"errors"
	"testing"
)

func TestATurnIsWaitedForAndGivenBack(t *testing.T) {
	s := &Service{turns: make(chan struct{}, 1)}
	done, err := s.turn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	if _, err := s.turn(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("a second command runs beside the one that is allowed: %v", err)
	}
	next := make(chan error)
	go func() {
		done, err := s.turn(t.Context())
		if err == nil {
			done()
		}
		next <- err
	}()
	done()
	if err := <-next; err != nil {
		t.Errorf("the turn was not given back: %v", err)
	}
}
