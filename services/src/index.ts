// The real servers of the tests, without Docker.
export {}
