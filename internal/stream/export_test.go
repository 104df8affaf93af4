package stream

// Copies is how many machines are to hold each message.
func (s *Stream) Copies() int { return s.stream.CachedInfo().Config.Replicas }
