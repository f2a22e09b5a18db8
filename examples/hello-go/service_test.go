package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"reflect"
	"testing"
)

func TestItAnswers(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(handle))
	defer server.Close()

	for _, test := range []struct {
		path   string
		status int
		body   map[string]string
	}{
		{"/?name=Alice", 200, map[string]string{"message": "Hello Alice"}},
		{"/", 200, map[string]string{"message": "Hello World"}},
		{"/health", 200, map[string]string{"status": "ok"}},
		{"/nowhere", 404, map[string]string{"error": "Nothing is at /nowhere."}},
	} {
		t.Run(test.path, func(t *testing.T) {
			response, err := server.Client().Get(server.URL + test.path)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()

			var body map[string]string
			if err := json.NewDecoder(response.Body).Decode(&body); err != nil {
				t.Fatal(err)
			}
			if response.StatusCode != test.status || !reflect.DeepEqual(body, test.body) {
				t.Errorf("got %d %v, want %d %v", response.StatusCode, body, test.status, test.body)
			}
		})
	}
}
