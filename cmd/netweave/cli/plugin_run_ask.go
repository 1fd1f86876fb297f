package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/netweave/netweave/sdk"
	"github.com/netweave/netweave/sdk/wire"
)

// trialKind is one kind of object as the command line knows it.
type trialKind struct {
	words []string // the first is the one to show
	list  func(*wire.Backend, context.Context, sdk.ListOptions) iter.Seq2[sdk.Object, error]
	get   func(*wire.Backend, context.Context, string) (sdk.Object, error)
}

var trialKinds = []trialKind{
	{[]string{"deployment managers", "managers", "manager", "deploymentmanagers", "deploymentmanager"}, lists((*wire.Backend).ListDeploymentManagers), gets((*wire.Backend).GetDeploymentManager)},
	{[]string{"resource types", "types", "type", "resourcetypes", "resourcetype"}, lists((*wire.Backend).ListResourceTypes), gets((*wire.Backend).GetResourceType)},
	{[]string{"resource pools", "pools", "pool", "resourcepools", "resourcepool"}, lists((*wire.Backend).ListResourcePools), gets((*wire.Backend).GetResourcePool)},
	{[]string{"resources", "resource"}, lists((*wire.Backend).ListResources), gets((*wire.Backend).GetResource)},
}

func trialKindOf(word string) (trialKind, error) {
	plain := strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(word))
	for _, k := range trialKinds {
		if slices.Contains(k.words, plain) {
			return k, nil
		}
	}
	return trialKind{}, fmt.Errorf("there is no kind %q: want managers, pools, resources, types, or a list of alarms", word)
}

func lists[T sdk.Object](list func(*wire.Backend, context.Context, sdk.ListOptions) iter.Seq2[T, error]) func(*wire.Backend, context.Context, sdk.ListOptions) iter.Seq2[sdk.Object, error] {
	return func(b *wire.Backend, ctx context.Context, o sdk.ListOptions) iter.Seq2[sdk.Object, error] {
		return func(yield func(sdk.Object, error) bool) {
			list(b, ctx, o)(func(item T, err error) bool { return yield(item, err) })
		}
	}
}

func gets[T sdk.Object](get func(*wire.Backend, context.Context, string) (T, error)) func(*wire.Backend, context.Context, string) (sdk.Object, error) {
	return func(b *wire.Backend, ctx context.Context, id string) (sdk.Object, error) { return get(b, ctx, id) }
}

// all lists a kind. A list that fails is none: what came before is not shown.
func (q *inquiry) all(ctx context.Context, k trialKind) ([]sdk.Object, error) {
	ctx, cancel := context.WithTimeout(ctx, trialPatience)
	defer cancel()
	objects := []sdk.Object{}
	for o, err := range k.list(q.Backend, ctx, sdk.ListOptions{Tenant: q.tenant}) {
		if err != nil {
			return nil, failure{"list of " + k.words[0], err}
		}
		objects = append(objects, o)
	}
	return objects, nil
}

func (q *inquiry) showList(ctx context.Context, k trialKind) error {
	objects, err := q.all(ctx, k)
	if err != nil {
		return err
	}
	if q.json {
		return printJSON(q.out, views(objects))
	}
	if len(objects) == 0 {
		_, err := fmt.Fprintf(q.out, "the plugin lists no %s\n", k.words[0])
		return err
	}
	return printObjects(q.out, objects)
}

func (q *inquiry) showOne(ctx context.Context, k trialKind, id string) error {
	ctx, cancel := context.WithTimeout(ctx, trialPatience)
	defer cancel()
	o, err := k.get(q.Backend, ctx, id)
	if err != nil {
		return failure{fmt.Sprintf("get of %q among the %s", id, k.words[0]), err}
	}
	if got := o.Common().ID; got != id {
		return fmt.Errorf("get of %q: the plugin returned %q: an object must be had by the id that it has", id, got)
	}
	if q.json {
		return printJSON(q.out, viewOf(o))
	}
	if err := printObjects(q.out, []sdk.Object{o}); err != nil {
		return err
	}
	return printDetails(q.out, viewOf(o))
}

func health(ctx context.Context, q *inquiry) error {
	if err := q.askHealth(ctx); err != nil {
		return err
	}
	if q.json {
		return printJSON(q.out, map[string]bool{"healthy": true})
	}
	_, err := fmt.Fprintln(q.out, "healthy")
	return err
}

func (q *inquiry) askHealth(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, trialPatience)
	defer cancel()
	if err := q.Health(ctx); err != nil {
		return failure{"health", err}
	}
	return nil
}

func info(_ context.Context, q *inquiry) error {
	if q.json {
		return printJSON(q.out, map[string]any{
			"name": q.Info().Name, "version": q.Info().Version, "protocolVersion": q.Protocol, "capabilities": q.Capabilities(),
		})
	}
	i := q.Info()
	_, err := fmt.Fprintf(q.out, "plugin        %s %s\nprotocol      version %d\ncapabilities  %s\n",
		q.Clean(i.Name), q.Clean(i.Version), q.Protocol, cmp.Or(q.Clean(strings.Join(q.Capabilities(), ", ")), "none: it is read, and polled"))
	return err
}

// summaryRows is how many objects of a kind a summary shows.
const summaryRows = 5

// summary shows all there is in short. A part that fails is said, and the rest
// is shown all the same.
func summary(ctx context.Context, q *inquiry) error {
	if q.json {
		return wholeSummary(ctx, q)
	}
	if err := info(ctx, q); err != nil {
		return err
	}
	var first error
	report := func(err error) string {
		if first == nil {
			first = err
		}
		return fmt.Sprint(q.explain(ctx, err))
	}
	state := "healthy"
	if err := q.askHealth(ctx); err != nil {
		state = report(err)
	}
	fmt.Fprintf(q.out, "health        %s\n", state)
	for _, k := range trialKinds {
		objects, err := q.all(ctx, k)
		if err != nil {
			fmt.Fprintf(q.out, "\n%s: %s\n", k.words[0], report(err))
			continue
		}
		fmt.Fprintf(q.out, "\n%d %s\n", len(objects), k.words[0])
		if err := printObjects(q.out, objects[:min(len(objects), summaryRows)]); err != nil {
			return err
		}
		printMore(q.out, len(objects))
	}
	if q.hasAlarms() {
		alarms, err := q.alarms(ctx)
		if err != nil {
			fmt.Fprintf(q.out, "\nalarms: %s\n", report(err))
			return first
		}
		fmt.Fprintf(q.out, "\n%d alarms\n", len(alarms))
		if len(alarms) > 0 {
			if err := printAlarms(q.out, alarms[:min(len(alarms), summaryRows)]); err != nil {
				return err
			}
		}
		printMore(q.out, len(alarms))
	}
	return first
}

// printMore says how many are not shown.
func printMore(out io.Writer, count int) {
	if more := count - summaryRows; more > 0 {
		fmt.Fprintf(out, "... and %d more\n", more)
	}
}

// wholeSummary is everything, as JSON: nothing if any of it fails.
func wholeSummary(ctx context.Context, q *inquiry) error {
	if err := q.askHealth(ctx); err != nil {
		return err
	}
	document := map[string]any{
		"name": q.Info().Name, "version": q.Info().Version, "protocolVersion": q.Protocol,
		"capabilities": q.Capabilities(), "healthy": true,
	}
	for i, key := range []string{"deploymentManagers", "resourceTypes", "resourcePools", "resources"} {
		objects, err := q.all(ctx, trialKinds[i])
		if err != nil {
			return err
		}
		document[key] = views(objects)
	}
	if q.hasAlarms() {
		alarms, err := q.alarms(ctx)
		if err != nil {
			return err
		}
		document["alarms"] = alarmViews(alarms)
	}
	return printJSON(q.out, document)
}
