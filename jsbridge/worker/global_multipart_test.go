package worker

import (
	"bytes"
	"mime/multipart"
	"strings"
	"testing"
)

func FuzzMultipart(f *testing.F) {
	for _, seed := range []string{
		"--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none\r\n--X--",
		"--X\r\ncontent-disposition: form-data; filename=\"%22\"; name=a\r\nContent-Type: t/t\r\n\r\n\r\n--X--\r\n",
		"--X--", "--X\r\n\r\n--X--", "--X\r\nContent-Disposition: form-data; name=\"a\r\n\r\n--X--", "--X\r\n", "--X\r\n:\r\n\r\n",
	} {
		f.Add("multipart/form-data; boundary=X", []byte(seed))
	}
	f.Add(`multipart/form-data; boundary="X Y"`, []byte("--X Y--"))
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		parts, err := multipartForm(contentType, body)
		if err != nil {
			return
		}
		total := 0
		for _, p := range parts {
			total += len(p.body)
		}
		if total > len(body) {
			t.Errorf("%d bytes became %d", len(body), total)
		}
	})
}

// TestMultipartOfGo reads what Go's own writer makes.
func TestMultipartOfGo(t *testing.T) {
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	file, err := w.CreateFormFile("f", "a.bin")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write([]byte("\r\n--" + w.Boundary()[:5] + "\r\n")); err != nil {
		t.Fatal(err)
	}
	if err := w.WriteField("a", strings.Repeat("x", 100000)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	parts, err := multipartForm(w.FormDataContentType(), body.Bytes())
	if err != nil || len(parts) != 2 {
		t.Fatalf("%d parts, %v", len(parts), err)
	}
	if f := parts[0]; f.name != "f" || !f.file || f.filename != "a.bin" || f.kind != "application/octet-stream" || string(f.body) != "\r\n--"+w.Boundary()[:5]+"\r\n" {
		t.Errorf("the file is %q %q %q %q", f.name, f.filename, f.kind, f.body)
	}
	if a := parts[1]; a.name != "a" || a.file || len(a.body) != 100000 {
		t.Errorf("the field is %q of %d bytes", a.name, len(a.body))
	}
}
