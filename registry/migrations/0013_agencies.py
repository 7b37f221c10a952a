from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registry", "0012_grades_and_sheets")]

    operations = [
        migrations.AddField(
            model_name="evaluatoragency",
            name="code_evidence",
            field=models.CharField(blank=True, max_length=200, verbose_name="代码校验未通过的佐证说明"),
        ),
    ]
