// benchserver is the service of fixed answers that package bench describes, for measuring any client.
//
//	go run ./cmd/benchserver [-plain ADDRESS] [-tls ADDRESS] [-ca FILE]
//
// It prints one JSON line once it listens, {"url":"http://…","tlsUrl":"https://…"}, and runs until it is killed. FILE
// is where the certificate goes that its clients have to trust.
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"flag"
	"fmt"
	"log"
	"math/big"
	"net"
	"net/http"
	"os"
	"time"

	"scaleset.test/conformance/internal/bench"
)

func main() {
	plain := flag.String("plain", "127.0.0.1:0", "address for plain HTTP")
	secure := flag.String("tls", "127.0.0.1:0", "address for TLS")
	file := flag.String("ca", "", "file to write the certificate to (PEM)")
	flag.Parse()
	if err := serve(*plain, *secure, *file); err != nil {
		log.Fatal(err)
	}
}

func serve(plain, secure, file string) error {
	certificate, text, err := selfSigned()
	if err != nil {
		return err
	}
	if file != "" {
		if err := os.WriteFile(file, text, 0o644); err != nil {
			return err
		}
	}
	plainListener, err := net.Listen("tcp", plain)
	if err != nil {
		return err
	}
	tlsListener, err := net.Listen("tcp", secure)
	if err != nil {
		return err
	}
	handler := bench.NewServer()
	failed := make(chan error, 2)
	go func() { failed <- http.Serve(plainListener, handler) }()
	go func() {
		server := &http.Server{Handler: handler, TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}}}
		failed <- server.ServeTLS(tlsListener, "", "")
	}()
	fmt.Printf("{\"url\":\"http://%s\",\"tlsUrl\":\"https://%s\"}\n", plainListener.Addr(), tlsListener.Addr())
	return <-failed
}

// selfSigned is good for loopback and a day.
func selfSigned() (tls.Certificate, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "benchserver"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost"},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), nil
}
