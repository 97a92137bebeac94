package httpapi

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics counts what the server does. It is the engine's Observer. Labels never hold ids of connections or owners: their
// number has no bound.
type Metrics struct {
	registry       *prometheus.Registry
	requests       *prometheus.HistogramVec
	seenRequests   children[requestLabels, prometheus.Observer]
	apiCalls       *prometheus.CounterVec
	seenCalls      children[apiLabels, prometheus.Counter]
	tokenCalls     *prometheus.HistogramVec
	hookCalls      *prometheus.HistogramVec
	authorizations *prometheus.CounterVec
	reads          *prometheus.CounterVec
	background     *prometheus.CounterVec
	circuits       prometheus.Gauge
	reseal         prometheus.Gauge
}

// NewMetrics returns counters with a registry of their own.
func NewMetrics() *Metrics {
	histogram := func(name, help string, labels ...string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: prometheus.ExponentialBuckets(0.0005, 4, 9)}, labels)
	}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	m := &Metrics{
		registry:       prometheus.NewRegistry(),
		requests:       histogram("claviger_http_request_seconds", "Requests answered.", "method", "route", "status"),
		tokenCalls:     histogram("claviger_token_call_seconds", "Requests for tokens, by what they were for and how they ended.", "integration", "operation", "outcome"),
		hookCalls:      histogram("claviger_hook_call_seconds", "Runs of connectors' methods in JavaScript, by how they ended: ok, error, overloaded (no worker became free), or limit: and the one that ended it.", "connector", "method", "outcome"),
		apiCalls:       counter("claviger_api_calls_total", "Calls of APIs, through the proxy or a method's API client, by the class of the answer's status or why there was none.", "connector", "through", "outcome"),
		authorizations: counter("claviger_authorizations_total", "Flows that ended, by how.", "integration", "outcome"),
		reads:          counter("claviger_credentials_reads_total", "Answers to readers of credentials, by where they came from or why there was none.", "source"),
		background:     counter("claviger_background_renewals_total", "Renewals that nobody waited for, of connections that were due, by how they ended.", "integration", "outcome"),
		circuits:       prometheus.NewGauge(prometheus.GaugeOpts{Name: "claviger_token_circuits_open", Help: "Token endpoints that do not answer and are left alone for a while."}),
		reseal:         prometheus.NewGauge(prometheus.GaugeOpts{Name: "claviger_records_to_reseal", Help: "Records that this node is still to seal anew with the active encryption key."}),
	}
	m.registry.MustRegister(m.requests, m.tokenCalls, m.hookCalls, m.apiCalls, m.authorizations, m.reads, m.background, m.circuits, m.reseal,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// WatchDue has connections that are due counted whenever somebody looks. While count fails there is nothing to see.
func (m *Metrics) WatchDue(count func(context.Context) (n int, longest time.Duration, err error)) {
	m.registry.MustRegister(dueCollector{
		count:   count,
		number:  prometheus.NewDesc("claviger_due_connections", "Connections that are due for a renewal in the background now, of all nodes together; at most 10,000 are counted.", nil, nil),
		longest: prometheus.NewDesc("claviger_due_seconds", "How long the connection has been due that has been for longest.", nil, nil),
	})
}

// WatchJournal has the entries counted that live is the number of.
func (m *Metrics) WatchJournal(live func() int) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "claviger_journal_entries", Help: "Token answers in this node's journal that the database does not have yet.",
	}, func() float64 { return float64(live()) }))
}

type dueCollector struct {
	count           func(context.Context) (int, time.Duration, error)
	number, longest *prometheus.Desc
}

// Describe names both gauges.
func (d dueCollector) Describe(to chan<- *prometheus.Desc) { to <- d.number; to <- d.longest }

// Collect counts.
func (d dueCollector) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	n, longest, err := d.count(ctx)
	if err != nil {
		return
	}
	to <- prometheus.MustNewConstMetric(d.number, prometheus.GaugeValue, float64(n))
	to <- prometheus.MustNewConstMetric(d.longest, prometheus.GaugeValue, longest.Seconds())
}

// Handler answers /metrics.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

func (m *Metrics) request(method, route string, status int, took time.Duration) {
	if route == "" {
		route = "none"
	}
	if !slices.Contains(methods, method) {
		method = "other"
	}
	m.seenRequests.of(requestLabels{method, route, status}, func() prometheus.Observer {
		return m.requests.WithLabelValues(method, route, strconv.Itoa(status))
	}).Observe(took.Seconds())
}

type requestLabels struct {
	method, route string
	status        int
}

// methods are those that a label may name: callers could make up any number of others.
var methods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions,
}

// TokenCall counts a request for a token.
func (m *Metrics) TokenCall(integration, operation, outcome string, took time.Duration) {
	m.tokenCalls.WithLabelValues(integration, operation, outcome).Observe(took.Seconds())
}

// HookCall counts a run of a method in JavaScript.
func (m *Metrics) HookCall(connector, method, outcome string, took time.Duration) {
	m.hookCalls.WithLabelValues(connector, method, outcome).Observe(took.Seconds())
}

// APICall counts a call of an API.
func (m *Metrics) APICall(connector, through, outcome string) {
	m.seenCalls.of(apiLabels{connector, through, outcome}, func() prometheus.Counter {
		return m.apiCalls.WithLabelValues(connector, through, outcome)
	}).Inc()
}

type apiLabels struct{ connector, through, outcome string }

// Authorization counts the end of a flow.
func (m *Metrics) Authorization(integration, outcome string) {
	m.authorizations.WithLabelValues(integration, outcome).Inc()
}

// BackgroundRenewal counts a renewal that nobody waited for.
func (m *Metrics) BackgroundRenewal(integration, outcome string) {
	m.background.WithLabelValues(integration, outcome).Inc()
}

// CircuitsOpen tells how many token endpoints are left alone.
func (m *Metrics) CircuitsOpen(n int) { m.circuits.Set(float64(n)) }

// RecordsToReseal tells how much of a rotation of keys is left.
func (m *Metrics) RecordsToReseal(n int) { m.reseal.Set(float64(n)) }

// CredentialsRead counts an answer to a reader.
func (m *Metrics) CredentialsRead(source string) { m.reads.WithLabelValues(source).Inc() }
