"""Settings by date, and later editions. The settings of before are carried over by the next migration."""

import datetime

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("registry", "0008_objections_and_corrections")]

    operations = [
        # A primary key cannot become one field among others, so the table of before stands aside for a moment.
        migrations.RenameModel('Setting', 'UndatedSetting'),
        migrations.CreateModel(
            name='Setting',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=40, verbose_name='设置项')),
                ('value', models.CharField(max_length=200, verbose_name='值')),
                ('basis', models.CharField(max_length=200, verbose_name='依据')),
                ('in_force_from', models.DateField(verbose_name='施行日期')),
            ],
            options={
                'verbose_name': '设置',
                'verbose_name_plural': '设置',
                'ordering': ['key', 'in_force_from'],
                'constraints': [
                    models.UniqueConstraint(fields=('key', 'in_force_from'), name='setting_one_value_a_day'),
                    models.CheckConstraint(condition=models.Q(('basis', ''), _negated=True), name='setting_has_a_basis'),
                ],
            },
        ),
        migrations.CreateModel(
            name='LaterEdition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=20, unique=True, verbose_name='版本号')),
                ('title', models.CharField(max_length=120, verbose_name='名称')),
                ('basis', models.CharField(max_length=300, verbose_name='依据')),
                ('note', models.CharField(blank=True, max_length=500, verbose_name='说明')),
                ('pool_threshold', models.DecimalField(decimal_places=2, max_digits=5, verbose_name='入库得分（原则上）')),
                ('change_days', models.PositiveSmallIntegerField(verbose_name='变更报告期限（日）')),
                ('bar_years', models.PositiveSmallIntegerField(verbose_name='不得重新申报的期限（年）')),
                ('in_force_from', models.DateField(blank=True, null=True, unique=True, verbose_name='施行日期')),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('drafters', models.ManyToManyField(related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='起草人')),
                ('put_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='施行人')),
            ],
            options={
                'verbose_name': '办法版本',
                'verbose_name_plural': '办法版本',
                'ordering': ['-in_force_from', '-pk'],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('in_force_from__isnull', True), ('in_force_from__gt', datetime.date(2023, 9, 11)), _connector='OR'), name='edition_after_the_first'),
                    models.CheckConstraint(condition=models.Q(('basis', ''), _negated=True), name='edition_has_a_basis'),
                    models.CheckConstraint(condition=models.Q(('in_force_from__isnull', True), ('put_by__isnull', False), _connector='OR'), name='edition_is_put_in_force_by_somebody'),
                    models.CheckConstraint(condition=models.Q(('pool_threshold__gte', 0), ('pool_threshold__lte', 100)), name='edition_threshold_0_100'),
                ],
            },
        ),
        migrations.CreateModel(
            name='LaterBand',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('n', models.PositiveSmallIntegerField(verbose_name='序号')),
                ('code', models.CharField(max_length=20, verbose_name='代码')),
                ('name', models.CharField(max_length=10, verbose_name='简称')),
                ('title', models.CharField(max_length=40, verbose_name='级别')),
                ('lower', models.DecimalField(blank=True, decimal_places=2, max_digits=5, null=True, verbose_name='得分下限（含）')),
                ('duties', models.CharField(blank=True, max_length=300, verbose_name='要求')),
                ('edition', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='bands', to='registry.lateredition', verbose_name='版本')),
            ],
            options={
                'verbose_name': '级别',
                'verbose_name_plural': '级别',
                'ordering': ['edition', 'n'],
                'constraints': [
                    models.UniqueConstraint(fields=('edition', 'n'), name='band_place_once'),
                    models.UniqueConstraint(fields=('edition', 'code'), name='band_code_once'),
                    models.CheckConstraint(condition=models.Q(('lower__isnull', True), models.Q(('lower__gte', 0), ('lower__lte', 100)), _connector='OR'), name='band_bound_0_100'),
                ],
            },
        ),
    ]
