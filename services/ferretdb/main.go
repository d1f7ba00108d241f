// A server that speaks MongoDB's protocol and keeps its data in PostgreSQL, for the tests.
package main

import (
	"context"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func main() {
	server, err := ferretdb.New(&ferretdb.Config{
		Listener:      ferretdb.ListenerConfig{TCP: os.Getenv("MONGODB_ADDRESS")},
		Handler:       "postgresql",
		PostgreSQLURL: os.Getenv("MONGODB_POSTGRES_URL"),
	})
	if err != nil {
		log.Fatal(err)
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	if err = server.Run(ctx); err != nil {
		log.Fatal(err)
	}
}
