//go:build integration

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"testing"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
)

// TestMain lets the test binary be motolab, and the command that it runs.
func TestMain(m *testing.M) {
	switch os.Getenv("MOTOLAB_TEST_ROLE") {
	case "lab":
		_ = os.Setenv("MOTOLAB_TEST_ROLE", "command")
		main()
		return
	case "command":
		ctx := context.Background()
		found, err := config.LoadDefaultConfig(ctx)
		if err != nil {
			panic(err)
		}
		out, err := autoscaling.NewFromConfig(found).DescribeAutoScalingGroups(ctx, &autoscaling.DescribeAutoScalingGroupsInput{})
		if err != nil {
			panic(err)
		}
		for _, g := range out.AutoScalingGroups {
			fmt.Println(*g.AutoScalingGroupName, len(g.Instances))
		}
		return
	}
	os.Exit(m.Run())
}

// TestACommandFindsTheServer by what AWS's own tools look at.
func TestACommandFindsTheServer(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, "--", self)
	cmd.Env = append(os.Environ(), "MOTOLAB_TEST_ROLE=lab", "AWS_ACCESS_KEY_ID=", "AWS_SECRET_ACCESS_KEY=", "AWS_PROFILE=")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, errs.String())
	}
	want := regexp.MustCompile(`^ready: moto, which is not AWS: http://127\.0\.0\.1:\d+\nworkers 3\ngpu 1\n$`)
	if !want.MatchString(out.String()) {
		t.Errorf("it said %q", out.String())
	}
}
