package pluginhost

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/types/descriptorpb"

	pluginv1 "github.com/netweave/netweave/sdk/proto/netweave/plugin/v1"
)

// Whatever version 1 of the wire has had, it has for ever.
func TestTheWireIsStillVersionOne(t *testing.T) {
	for _, breach := range breaches(frozenProto(), presentProto()) {
		t.Errorf("%s: plugins in the field rely on it; add beside it, or make a version 2", breach)
	}
}

func presentProto() *descriptorpb.FileDescriptorProto {
	return protodesc.ToFileDescriptorProto(pluginv1.File_netweave_plugin_v1_plugin_proto)
}

// TestBreaches plants breaches and additions, and sees the first found alone.
func TestBreaches(t *testing.T) {
	object := func(f *descriptorpb.FileDescriptorProto) *descriptorpb.DescriptorProto {
		return find(f.GetMessageType(), "Object")
	}
	for name, tc := range map[string]struct {
		change func(*descriptorpb.FileDescriptorProto)
		want   string
	}{
		"nothing":     {func(*descriptorpb.FileDescriptorProto) {}, ""},
		"field added": {func(f *descriptorpb.FileDescriptorProto) { add(object(f), "moon", 90) }, ""},
		"message added": {func(f *descriptorpb.FileDescriptorProto) {
			f.MessageType = append(f.MessageType, &descriptorpb.DescriptorProto{Name: proto.String("Moon")})
		}, ""},
		"package renamed":  {func(f *descriptorpb.FileDescriptorProto) { f.Package = proto.String("netweave.plugin.v2") }, "the package is netweave.plugin.v2 and was netweave.plugin.v1"},
		"field removed":    {func(f *descriptorpb.FileDescriptorProto) { object(f).Field = object(f).GetField()[1:] }, "message Object has lost the field id"},
		"field renumbered": {func(f *descriptorpb.FileDescriptorProto) { object(f).GetField()[0].Number = proto.Int32(70) }, "message Object: the field id is now"},
		"field retyped": {func(f *descriptorpb.FileDescriptorProto) {
			object(f).GetField()[0].Type = descriptorpb.FieldDescriptorProto_TYPE_BYTES.Enum()
		}, "message Object: the field id is now"},
		"number taken again": {func(f *descriptorpb.FileDescriptorProto) { object(f).GetField()[0].Name = proto.String("key") }, "message Object has lost the field id"},
		"message removed":    {func(f *descriptorpb.FileDescriptorProto) { f.MessageType = f.GetMessageType()[1:] }, "the message OpenRequest is gone"},
		"kind renumbered": {func(f *descriptorpb.FileDescriptorProto) { f.GetEnumType()[0].GetValue()[1].Number = proto.Int32(9) },
			"enum Kind: KIND_DEPLOYMENT_MANAGER is 9 and was 1"},
		"kind removed": {func(f *descriptorpb.FileDescriptorProto) {
			f.GetEnumType()[0].Value = f.GetEnumType()[0].GetValue()[:4]
		}, "enum Kind has lost KIND_RESOURCE_TYPE"},
		"method removed": {func(f *descriptorpb.FileDescriptorProto) {
			f.GetService()[0].Method = f.GetService()[0].GetMethod()[1:]
		}, "service Plugin has lost the method Open"},
		"method streams": {func(f *descriptorpb.FileDescriptorProto) {
			f.GetService()[0].GetMethod()[0].ServerStreaming = proto.Bool(true)
		}, "service Plugin: the method Open is now"},
	} {
		t.Run(name, func(t *testing.T) {
			next := frozenProto()
			tc.change(next)
			got := strings.Join(breaches(frozenProto(), next), "; ")
			if tc.want == "" && got != "" || !strings.HasPrefix(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func add(m *descriptorpb.DescriptorProto, name string, number int32) {
	m.Field = append(m.Field, &descriptorpb.FieldDescriptorProto{
		Name: proto.String(name), Number: proto.Int32(number),
		Type: descriptorpb.FieldDescriptorProto_TYPE_STRING.Enum(), Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum(),
	})
}

type named interface {
	comparable
	GetName() string
}

// find returns the zero value where there is none of the name.
func find[T named](list []T, name string) T {
	for _, item := range list {
		if item.GetName() == name {
			return item
		}
	}
	var none T
	return none
}

// breaches says what of the old wire the new one has no more, or has otherwise.
// Fields keep their names too, which are those of its JSON form.
func breaches(old, next *descriptorpb.FileDescriptorProto) []string {
	var all []string
	say := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	if old.GetPackage() != next.GetPackage() {
		say("the package is %s and was %s", next.GetPackage(), old.GetPackage())
	}
	for _, m := range old.GetMessageType() {
		now := find(next.GetMessageType(), m.GetName())
		if now == nil {
			say("the message %s is gone", m.GetName())
			continue
		}
		for _, f := range m.GetField() {
			same := find(now.GetField(), f.GetName())
			if same == nil {
				say("message %s has lost the field %s", m.GetName(), f.GetName())
			} else if was, is := fieldOf(m, f), fieldOf(now, same); was != is {
				say("message %s: the field %s is now %s and was %s", m.GetName(), f.GetName(), is, was)
			}
		}
	}
	for _, e := range old.GetEnumType() {
		now := find(next.GetEnumType(), e.GetName())
		for _, v := range e.GetValue() {
			same := find(now.GetValue(), v.GetName())
			if same == nil {
				say("enum %s has lost %s", e.GetName(), v.GetName())
			} else if same.GetNumber() != v.GetNumber() {
				say("enum %s: %s is %d and was %d", e.GetName(), v.GetName(), same.GetNumber(), v.GetNumber())
			}
		}
	}
	for _, s := range old.GetService() {
		now := find(next.GetService(), s.GetName())
		for _, m := range s.GetMethod() {
			same := find(now.GetMethod(), m.GetName())
			if same == nil {
				say("service %s has lost the method %s", s.GetName(), m.GetName())
			} else if was, is := methodOf(m), methodOf(same); was != is {
				say("service %s: the method %s is now %s and was %s", s.GetName(), m.GetName(), is, was)
			}
		}
	}
	return all
}

// fieldOf is all of a field that the wire knows of.
func fieldOf(m *descriptorpb.DescriptorProto, f *descriptorpb.FieldDescriptorProto) string {
	oneof := ""
	if f.OneofIndex != nil {
		oneof = " in " + m.GetOneofDecl()[f.GetOneofIndex()].GetName()
	}
	return strings.TrimSpace(fmt.Sprintf("%s %s %s = %d%s", f.GetLabel(), f.GetType(), f.GetTypeName(), f.GetNumber(), oneof))
}

func methodOf(m *descriptorpb.MethodDescriptorProto) string {
	return fmt.Sprintf("(%t %s) returns (%t %s)", m.GetClientStreaming(), m.GetInputType(), m.GetServerStreaming(), m.GetOutputType())
}
