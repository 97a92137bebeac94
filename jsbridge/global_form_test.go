package jsbridge_test

import (
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"testing"

	"claviger/jsbridge"
)

// TestFormOverTheNetwork sends a form that Go's own server reads, and reads one that Go's own writer makes.
func TestFormOverTheNetwork(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseMultipartForm(1 << 20); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		file, head, err := r.FormFile("file")
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		content, _ := io.ReadAll(file)
		answer := multipart.NewWriter(w)
		w.Header().Set("Content-Type", answer.FormDataContentType())
		_ = answer.WriteField("told", fmt.Sprintf("%q %q %q %x", r.MultipartForm.Value["a"], head.Filename, head.Header.Get("Content-Type"), content))
		_ = answer.Close()
	}))
	defer server.Close()
	got, err := fetching(newPool(t, 1), server.URL, `exports.go = async ({base}) => {
		const form = new FormData()
		form.append('a', 'ü\n"')
		form.append('a', '2')
		form.append('file', new File([new Uint8Array([0, 13, 10, 255])], 'n"ä.bin', {type: 'application/x'}))
		const response = await fetch(base, {method: 'POST', body: form})
		return response.ok ? (await response.formData()).get('told') : response.text()
	}`, jsbridge.Limits{})
	if want := `["ü\r\n\"" "2"] "n%22ä.bin" "application/x" 000d0aff`; err != nil || got != want {
		t.Errorf("got  %v %v\nwant %s", got, err, want)
	}
}
