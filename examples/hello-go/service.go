package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
)

// handle is what hello-go answers: `GET /?name=Alice`, and `GET /health` for whoever asks if it is well.
func handle(response http.ResponseWriter, request *http.Request) {
	if request.Method != http.MethodGet && request.Method != http.MethodHead {
		answer(response, http.StatusMethodNotAllowed, map[string]string{"error": "Use GET."})
		return
	}

	switch request.URL.Path {
	case "/":
		name := request.URL.Query().Get("name")
		if name == "" {
			name = "World"
		}
		answer(response, http.StatusOK, map[string]string{"message": fmt.Sprintf("Hello %s", name)})
	case "/health":
		answer(response, http.StatusOK, map[string]string{"status": "ok"})
	default:
		answer(response, http.StatusNotFound, map[string]string{"error": fmt.Sprintf("Nothing is at %s.", request.URL.Path)})
	}
}

func answer(response http.ResponseWriter, status int, body map[string]string) {
	response.Header().Set("Content-Type", "application/json")
	response.WriteHeader(status)
	if err := json.NewEncoder(response).Encode(body); err != nil {
		log.Print(err)
	}
}
